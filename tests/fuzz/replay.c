/* Feeds every file of the folders named on the command line to a fuzz target, as TAP: a crash of long ago stays a test. */
#include "tap.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static bool replay_file(lw_ctx *cx, const char *path)
{
    fprintf(stderr, "%s\n", path); /* the last one before a crash is the one */
    lw_text text;
    if (lw_file_read(cx, path, 64 << 20, &text) != LW_OK)
        return false;
    uint8_t *exact = lw_heap_new(text.size); /* of its very size, so that AddressSanitizer sees a read past the end */
    if (text.size)
        memcpy(exact, text.data, text.size);
    int answer = LLVMFuzzerTestOneInput(exact, text.size);
    lw_heap_free(exact);
    return answer == 0;
}

static void replay(const char *folder)
{
    struct dirent **names;
    int n = scandir(folder, &names, is_visible, alphasort);
    if (n < 1)
        tap_check(false, "an empty corpus tests nothing", folder, 0);
    for (int i = 0; i < n; i++) {
        LW_AUTO(lw_arena_auto) arena = lw_arena_new();
        lw_ctx cx = {.arena = arena};
        tap_check(replay_file(&cx, lw_path_join(arena, folder, lw_text_from(names[i]->d_name))), names[i]->d_name, folder, 0);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    return tap_end();
}
