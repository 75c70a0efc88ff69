#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

char *lw_cli_default_store(lw_arena *arena)
{
    const char *store = getenv("LW_STORE"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    return store && *store ? lw_print(arena, "%s", store)
           : data && *data ? lw_print(arena, "%s/labelwright", data)
                           : lw_print(arena, "%s/.local/share/labelwright", home ? home : ".");
}

int lw_cli_import(int argc, char **argv) { return argc + (argv != NULL); }
int lw_cli_user(int argc, char **argv) { return argc + (argv != NULL); }

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "serve") == 0)
        return lw_cli_serve(argc - 2, argv + 2);
    fprintf(stderr, "usage: lw serve\n");
    return 2;
}
