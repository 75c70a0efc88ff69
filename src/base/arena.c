#include "base/arena.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK_BYTES = 8 << 10, LARGEST_BLOCK_BYTES = 1 << 20, MOST_SPARE_BYTES = 8 << 20, ALIGNMENT = 16 };

typedef struct block {
    struct block *next;
    size_t size, used;
    _Alignas(ALIGNMENT) char data[];
} block;

struct lw_arena {
    block *head;  /* the one being filled; the rest are full or oversized */
    block *spare; /* from before the last reset, in the order in which they were made */
    size_t used;
};

static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "lw: out of memory (%zu bytes)\n", size);
    abort();
}

/* glibc would raise its threshold with the first large block that is freed. From then on such blocks come from the heap, where the
 * small ones between them keep them from ever leaving. */
void lw_heap_begin(void) { mallopt(M_MMAP_THRESHOLD, LARGEST_BLOCK_BYTES / 4); }

void *lw_heap_new(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    if (!memory)
        out_of_memory(size);
    return memory;
}

void *lw_heap_resize(void *memory, size_t size)
{
    void *grown = realloc(memory, size ? size : 1);
    if (!grown)
        out_of_memory(size);
    return grown;
}

void lw_heap_free(void *memory) { free(memory); }

static block *block_new(size_t size)
{
    block *made = malloc(sizeof(block) + size);
    if (!made)
        out_of_memory(size);
    made->size = size;
    made->used = 0;
    made->next = NULL;
    return made;
}

lw_arena *lw_arena_new(void) { return lw_heap_new(sizeof(lw_arena)); }

static void free_blocks(block *at)
{
    for (block *next; at; at = next) {
        next = at->next;
        free(at);
    }
}

void lw_arena_free(lw_arena *arena)
{
    if (!arena)
        return;
    free_blocks(arena->head);
    free_blocks(arena->spare);
    free(arena);
}

void lw_arena_reset(lw_arena *arena)
{
    size_t kept = 0;
    for (block *at = arena->spare; at; at = at->next)
        kept += at->size;
    for (block *at = arena->head, *next; at; at = next) {
        next = at->next;
        if (kept + at->size > MOST_SPARE_BYTES) {
            free(at);
            continue;
        }
        kept += at->size;
        at->used = 0;
        at->next = arena->spare;
        arena->spare = at;
    }
    arena->head = NULL;
    arena->used = 0;
}

size_t lw_arena_used(const lw_arena *arena) { return arena->used; }

static block *block_take(lw_arena *arena, size_t size)
{
    for (block **at = &arena->spare; *at; at = &(*at)->next)
        if ((*at)->size >= size) {
            block *found = *at;
            *at = found->next;
            return found;
        }
    size_t wanted = arena->head ? arena->head->size * 2 : FIRST_BLOCK_BYTES;
    if (wanted > LARGEST_BLOCK_BYTES)
        wanted = LARGEST_BLOCK_BYTES;
    return block_new(wanted < size ? size : wanted);
}

static void *take(lw_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        out_of_memory(size);
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    block *head = arena->head;
    if (!head || head->size - head->used < rounded) {
        block *made = block_take(arena, rounded);
        made->next = head;
        arena->head = head = made;
    }
    void *memory = head->data + head->used;
    head->used += rounded;
    arena->used += rounded;
    return memory;
}

void *lw_alloc(lw_arena *arena, size_t size) { return memset(take(arena, size), 0, size); }

void *lw_alloc_array(lw_arena *arena, size_t n, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(n, size, &total))
        out_of_memory(SIZE_MAX);
    return lw_alloc(arena, total);
}

void *lw_array_room(lw_arena *arena, void *array, size_t n, size_t *room, size_t element_size)
{
    if (n < *room)
        return array;
    *room = *room ? *room * 2 : element_size > 64 ? 4 : 16;
    void *grown = lw_alloc_array(arena, *room, element_size);
    if (n)
        memcpy(grown, array, n * element_size);
    return grown;
}

char *lw_copy(lw_arena *arena, const void *data, size_t size)
{
    char *copy = take(arena, size + 1);
    if (size)
        memcpy(copy, data, size);
    copy[size] = 0;
    return copy;
}

char *lw_vprint(lw_arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    char *text = take(arena, (size_t)(size < 0 ? 0 : size) + 1);
    text[0] = 0;
    vsnprintf(text, (size_t)(size < 0 ? 0 : size) + 1, format, again);
    va_end(again);
    return text;
}

char *lw_print(lw_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = lw_vprint(arena, format, args);
    va_end(args);
    return text;
}
