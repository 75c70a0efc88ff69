/* An ontology's JSON: read, or refused with at least one reason; what was read and written reads back the same. */
#include "model/ontology.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    LW_AUTO(lw_arena_auto) arena = lw_arena_new();
    lw_ctx cx = {.arena = arena};
    lw_json *object, *written;
    lw_ontology ontology, again;
    if (lw_json_parse(&cx, (lw_text){(const char *)data, size}, &object) != LW_OK)
        return 0;
    lw_status status = lw_ontology_from_json(&cx, object, &ontology);
    LW_ASSERT(status == LW_OK || (status == LW_INVALID && cx.message[0]));
    if (status != LW_OK) {
        LW_ASSERT(cx.fields || !yyjson_is_obj(object));
        return 0;
    }
    LW_AUTO(lw_buf) first = {0};
    LW_AUTO(lw_buf) second = {0};
    lw_ontology_write_json(&first, &ontology);
    LW_ASSERT(lw_json_parse(&cx, lw_buf_text(&first), &written) == LW_OK);
    LW_ASSERT(lw_ontology_from_json(&cx, written, &again) == LW_OK);
    lw_ontology_write_json(&second, &again);
    LW_ASSERT(lw_text_equal(lw_buf_text(&first), lw_buf_text(&second)));
    for (size_t i = 0; i < ontology.n_classes; i++) {
        LW_ASSERT(lw_class_find(&ontology, ontology.classes[i].name) == &ontology.classes[i]);
        for (size_t k = 0; k < ontology.classes[i].n_attributes; k++)
            LW_ASSERT(lw_class_attribute(&ontology, &ontology.classes[i], ontology.classes[i].attributes[k].name) ==
                      &ontology.classes[i].attributes[k]);
    }
    return 0;
}
