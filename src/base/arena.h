/* Memory with a lifespan: allocate freely, release all at once. Out of memory aborts. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

typedef struct lw_arena lw_arena;

lw_arena *lw_arena_new(void);
void lw_arena_free(lw_arena *arena);
/* Keeps some memory for reuse, 8 MB at most, so that a loop over many items touches the same. */
void lw_arena_reset(lw_arena *arena);
/* Bytes handed out since new or reset. */
size_t lw_arena_used(const lw_arena *arena);

/* Zeroed, aligned to 16; never NULL. */
void *lw_alloc(lw_arena *arena, size_t size);
#define lw_new(arena, type) ((type *)lw_alloc(arena, sizeof(type)))
#define lw_new_array(arena, type, n) ((type *)lw_alloc_array(arena, n, sizeof(type)))
void *lw_alloc_array(lw_arena *arena, size_t n, size_t size);
/* The array with room for one element more: itself, or a copy of twice the size. `list = lw_array_room(arena, list, n, &room, sizeof *list)`. */
void *lw_array_room(lw_arena *arena, void *array, size_t n, size_t *room, size_t element_size);
/* A copy with a 0 behind it. */
char *lw_copy(lw_arena *arena, const void *data, size_t size);
char *lw_print(lw_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *lw_vprint(lw_arena *arena, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* First thing of a process that lives long: large blocks go back to the system as they are freed. */
void lw_heap_begin(void);

/* Heap memory for what outlives any arena; abort when there is none. malloc is called in base/ alone. */
void *lw_heap_new(size_t size); /* zeroed */
void *lw_heap_resize(void *memory, size_t size);
void lw_heap_free(void *memory);

/* For LW_AUTO(lw_arena_auto): an arena of one scope. */
typedef lw_arena *lw_arena_auto;
static inline void lw_arena_auto_cleanup(lw_arena_auto *arena)
{
    if (*arena)
        lw_arena_free(*arena);
}
