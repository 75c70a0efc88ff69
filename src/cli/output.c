/* What people read: aligned columns; and what programs read: one document. */
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/cli.h"

void lw_cli_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

void lw_cli_print(lw_text text)
{
    fwrite(text.data, 1, text.size, stdout);
    if (!lw_text_ends(text, "\n"))
        putchar('\n');
}

static lw_json *find(lw_json *value, const char *path)
{
    lw_text rest = lw_text_from(path), key;
    while (lw_text_split(rest, '.', &key, &rest)) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", LW_FMT(key));
        value = lw_json_get(value, name);
    }
    return lw_json_get(value, rest.data);
}

/* 2026-11-24T09:39:38.031948Z as people read it. */
static bool put_time(lw_buf *out, lw_text text)
{
    int64_t us;
    if (text.size < 20 || text.data[10] != 'T' || !lw_text_ends(text, "Z") || !lw_time_parse(text, &us))
        return false;
    lw_buf_print(out, "%.10s %.8sZ", text.data, text.data + 11);
    return true;
}

/* One cell as a line of text; control characters are blotted out, since names come from elsewhere. */
static void put_cell(lw_buf *out, lw_json *value)
{
    lw_buf_reset(out);
    if (yyjson_is_arr(value)) {
        size_t i, n;
        yyjson_val *each;
        yyjson_arr_foreach(value, i, n, each) lw_buf_print(out, "%s%.*s", i ? ", " : "", LW_FMT(lw_json_text(each)));
    } else if (yyjson_is_str(value)) {
        if (!put_time(out, lw_json_text(value)))
            lw_buf_put_text(out, lw_json_text(value));
    } else if (yyjson_is_bool(value)) {
        lw_buf_put_string(out, yyjson_get_bool(value) ? "yes" : "no");
    } else if (lw_json_is_missing(value)) {
        lw_buf_put_char(out, '-');
    } else {
        lw_json_write(out, value);
    }
    for (size_t i = 0; i < out->size; i++)
        if ((unsigned char)out->data[i] < ' ' || out->data[i] == 127)
            out->data[i] = '?';
}

static int width_of(lw_text text)
{
    int width = 0;
    for (size_t i = 0; i < text.size; i++)
        width += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return width;
}

static void print_padded(lw_text text, int width, bool to_right, bool is_last)
{
    int space = width - width_of(text);
    printf("%*s%.*s%*s", to_right ? space : 0, "", LW_FMT(text), to_right || is_last ? 0 : space, "");
    fputs(is_last ? "\n" : "  ", stdout);
}

void lw_cli_table(lw_json *rows, const lw_column *columns)
{
    LW_AUTO(lw_buf) cell = {0};
    int widths[16] = {0};
    bool to_right[16] = {false};
    size_t n_columns = 0, i, n;
    yyjson_val *row;
    for (; columns[n_columns].title; n_columns++) {
        LW_ASSERT(n_columns < LW_COUNT(widths));
        widths[n_columns] = width_of(lw_text_from(columns[n_columns].title));
        yyjson_arr_foreach(rows, i, n, row)
        {
            lw_json *value = find(row, columns[n_columns].path);
            put_cell(&cell, value);
            int width = width_of(lw_buf_text(&cell));
            widths[n_columns] = width > widths[n_columns] ? width : widths[n_columns];
            to_right[n_columns] |= yyjson_is_num(value);
        }
    }
    if (!yyjson_arr_size(rows))
        return;
    for (size_t c = 0; c < n_columns; c++)
        print_padded(lw_text_from(columns[c].title), widths[c], to_right[c], c + 1 == n_columns);
    yyjson_arr_foreach(rows, i, n, row)
    {
        for (size_t c = 0; c < n_columns; c++) {
            put_cell(&cell, find(row, columns[c].path));
            print_padded(lw_buf_text(&cell), widths[c], to_right[c], c + 1 == n_columns);
        }
    }
}

void lw_cli_fields(lw_json *object, const lw_column *columns)
{
    LW_AUTO(lw_buf) cell = {0};
    int width = 0;
    for (const lw_column *c = columns; c->title; c++)
        width = (int)strlen(c->title) > width ? (int)strlen(c->title) : width;
    for (const lw_column *c = columns; c->title; c++) {
        put_cell(&cell, find(object, c->path));
        print_padded(lw_text_from(c->title), width, false, false);
        lw_cli_print(lw_buf_text(&cell));
    }
}

void lw_cli_answer(const lw_cli *cli, lw_text text, lw_json *value, const lw_column *columns)
{
    lw_json *rows = lw_json_get(value, "rows");
    if (cli->json)
        lw_cli_print(text.size ? text : LW_TEXT("{}"));
    else if (rows)
        lw_cli_table(rows, columns);
    else if (value)
        lw_cli_fields(value, columns);
}
