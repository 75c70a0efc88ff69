#include "formats/csv.h"

#include <errno.h>
#include <unistd.h>

#include "base/limits.h"

enum { CHUNK_BYTES = 256 << 10, SPARSE_BYTES = 4 << 10 };

void lw_csv_open(lw_csv *csv, int fd) { *csv = (lw_csv){.fd = fd, .delimiter = ','}; }

void lw_csv_open_text(lw_csv *csv, lw_text text)
{
    *csv = (lw_csv){.fd = -1, .delimiter = ',', .size = text.size, .capacity = text.size, .is_at_end = true, .is_text = true};
    csv->data = lw_heap_new(text.size);
    if (text.size)
        memcpy(csv->data, text.data, text.size);
}

void lw_csv_cleanup(lw_csv *csv)
{
    lw_heap_free(csv->data);
    lw_heap_free(csv->cells);
    *csv = (lw_csv){.fd = -1};
}

lw_status lw_csv_seek(lw_ctx *cx, lw_csv *csv, int64_t offset)
{
    if (csv->is_text || lseek(csv->fd, offset, SEEK_SET) < 0)
        return lw_fail(cx, LW_FAILED, "cannot go back in the CSV file");
    csv->from = csv->size = 0;
    csv->offset = offset;
    csv->is_at_end = false;
    csv->is_sparse = true;
    return LW_OK;
}

static lw_status fill(lw_ctx *cx, lw_csv *csv)
{
    if (csv->from) {
        memmove(csv->data, csv->data + csv->from, csv->size - csv->from);
        csv->size -= csv->from;
        csv->from = 0;
    }
    size_t chunk = csv->is_sparse ? SPARSE_BYTES : CHUNK_BYTES;
    if (csv->capacity - csv->size < chunk) {
        csv->capacity = csv->capacity * 2 > csv->size + chunk ? csv->capacity * 2 : csv->size + chunk;
        csv->data = lw_heap_resize(csv->data, csv->capacity);
    }
    ssize_t got;
    do
        got = read(csv->fd, csv->data + csv->size, chunk);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return lw_fail_errno(cx, errno, "cannot read the CSV file");
    csv->size += (size_t)got;
    csv->is_at_end = got == 0;
    return LW_OK;
}

lw_status lw_csv_begin(lw_ctx *cx, lw_csv *csv)
{
    if (!csv->is_at_end)
        LW_TRY(fill(cx, csv));
    const char *data = csv->data + csv->from;
    size_t size = csv->size - csv->from, n_best = 0;
    if (size >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0))
        return lw_fail(cx, LW_INVALID, "the CSV file is UTF-16; save it as UTF-8");
    if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        csv->from += 3, csv->offset += 3, data += 3, size -= 3;
    for (const char *delimiter = ",;\t"; *delimiter; delimiter++) {
        size_t n = 0;
        bool is_quoted = false;
        for (size_t i = 0; i < size && (is_quoted || (data[i] != '\n' && data[i] != '\r')); i++) {
            is_quoted ^= data[i] == '"';
            n += !is_quoted && data[i] == *delimiter;
        }
        if (n > n_best)
            n_best = n, csv->delimiter = *delimiter;
    }
    return LW_OK;
}

typedef struct scan {
    size_t done;                               /* bytes of the row looked at */
    bool is_quoted, is_behind_quote, is_begun; /* within a cell */
} scan;

/* How far the row reaches that begins at data[from]; false when its end is not in the buffer yet. A quote opens at a cell's
 * beginning alone. */
static bool find_end(const lw_csv *csv, scan *at, size_t *end)
{
    for (size_t i = csv->from + at->done; i < csv->size; i++) {
        char c = csv->data[i];
        if (at->is_quoted) {
            at->is_behind_quote = c == '"';
            at->is_quoted = c != '"';
        } else if (c == '\n' || c == '\r') {
            *end = i;
            return true;
        } else {
            at->is_quoted = c == '"' && (!at->is_begun || at->is_behind_quote);
            at->is_behind_quote = false;
            at->is_begun = c != csv->delimiter;
        }
    }
    at->done = csv->size - csv->from;
    *end = csv->size;
    return csv->is_at_end;
}

static void add_cell(lw_csv *csv, lw_text cell)
{
    if (csv->n_cells == csv->cells_capacity) {
        csv->cells_capacity = csv->cells_capacity ? csv->cells_capacity * 2 : 32;
        csv->cells = lw_heap_resize(csv->cells, csv->cells_capacity * sizeof *csv->cells);
    }
    csv->cells[csv->n_cells++] = cell;
}

/* Takes quotes off in place. */
static void split_row(lw_csv *csv, char *at, char *end)
{
    csv->n_cells = 0;
    for (;;) {
        char *from = at, *to = at;
        bool is_quoted = at < end && *at == '"';
        at += is_quoted;
        for (; at < end && (is_quoted || *at != csv->delimiter); at++) {
            if (is_quoted && *at == '"') {
                if (at + 1 < end && at[1] == '"')
                    at++;
                else {
                    is_quoted = false;
                    continue;
                }
            }
            *to++ = *at;
        }
        add_cell(csv, (lw_text){from, (size_t)(to - from)});
        if (at == end)
            return;
        at++;
    }
}

lw_status lw_csv_next(lw_ctx *cx, lw_csv *csv, bool *is_row, int64_t *offset)
{
    for (;;) {
        scan at = {0};
        size_t end;
        while (!find_end(csv, &at, &end)) {
            if (at.done > LW_LIMIT_CSV_ROW_BYTES)
                return lw_fail(cx, LW_INVALID, "byte %" PRId64 ": a row of more than %d bytes; is a quote not closed?", csv->offset,
                               LW_LIMIT_CSV_ROW_BYTES);
            LW_TRY(fill(cx, csv));
        }
        if (at.is_quoted)
            return lw_fail(cx, LW_INVALID, "byte %" PRId64 ": a quote of the row that begins here is never closed", csv->offset);
        size_t from = csv->from, size = end - from;
        if (from == csv->size) {
            *is_row = false;
            return LW_OK;
        }
        *offset = csv->offset;
        csv->from = end < csv->size ? end + 1 : end;
        csv->offset += (int64_t)(csv->from - from);
        if (size == 0)
            continue; /* an empty line, or the second half of CRLF */
        split_row(csv, csv->data + from, csv->data + end);
        *is_row = true;
        return LW_OK;
    }
}

void lw_csv_put(lw_buf *buf, lw_text cell)
{
    bool must_quote = cell.size && (cell.data[0] == ' ' || cell.data[cell.size - 1] == ' ');
    for (size_t i = 0; i < cell.size && !must_quote; i++)
        must_quote = memchr(",;\t\"\r\n", cell.data[i], 6) != NULL;
    if (!must_quote) {
        lw_buf_put_text(buf, cell);
        return;
    }
    lw_buf_put_char(buf, '"');
    for (size_t i = 0; i < cell.size; i++) {
        if (cell.data[i] == '"')
            lw_buf_put_char(buf, '"');
        lw_buf_put_char(buf, cell.data[i]);
    }
    lw_buf_put_char(buf, '"');
}

static bool is_risky(char c) { return memchr("=+-@\t\r'", c, 7) != NULL; }

void lw_csv_put_guarded(lw_buf *buf, lw_text cell)
{
    if (cell.size == 0 || !is_risky(cell.data[0])) {
        lw_csv_put(buf, cell);
        return;
    }
    LW_AUTO(lw_buf) guarded = {0};
    lw_buf_put_char(&guarded, '\'');
    lw_buf_put_text(&guarded, cell);
    lw_csv_put(buf, lw_buf_text(&guarded));
}

lw_text lw_csv_unguarded(lw_text cell)
{
    return cell.size >= 2 && cell.data[0] == '\'' && is_risky(cell.data[1]) ? lw_text_slice(cell, 1, cell.size) : cell;
}
