#include "formats/learn.h"

static bool learn_option(lw_arena *arena, lw_attribute_def *def, lw_text option)
{
    if (lw_option_find(def, option))
        return false;
    lw_attribute_add_option(arena, def, lw_text_copy(arena, option));
    return true;
}

static lw_attribute_def *find_attribute(const lw_ontology *classes, const lw_class *of, lw_text name)
{
    if (of)
        return lw_class_attribute(classes, of, name);
    for (size_t i = 0; i < classes->n_item_attributes; i++)
        if (lw_text_equal(classes->item_attributes[i].name, name))
            return &classes->item_attributes[i];
    return NULL;
}

static bool learn_attribute(lw_arena *arena, lw_ontology *classes, lw_class *of, const lw_attribute *value)
{
    lw_attribute_def *def = find_attribute(classes, of, value->name);
    bool is_new = !def;
    if (is_new)
        def = lw_class_add_attribute(arena, classes, of, lw_text_copy(arena, value->name), value->type);
    if (def->type == LW_ONE)
        is_new |= learn_option(arena, def, value->text);
    for (size_t i = 0; def->type == LW_MANY && i < value->n_many; i++)
        is_new |= learn_option(arena, def, value->many[i]);
    return is_new;
}

/* Their names are not known: 1, 2, 3 … */
static bool learn_keypoints(lw_arena *arena, lw_class *of, size_t n)
{
    if (n == 0 || of->n_keypoints)
        return false;
    of->keypoints = lw_new_array(arena, lw_text, n);
    for (; of->n_keypoints < n; of->n_keypoints++)
        of->keypoints[of->n_keypoints] = lw_text_print(arena, "%zu", of->n_keypoints + 1);
    return true;
}

bool lw_learn_label(lw_arena *arena, lw_report *report, lw_ontology *classes, const lw_label *label)
{
    bool is_item = lw_text_is(label->class_name, LW_ITEM_CLASS) && label->shape.kind == LW_TAG, is_new = false;
    lw_class *of = is_item ? NULL : lw_class_find(classes, label->class_name);
    if (!is_item && !of) {
        of = lw_ontology_add_class(arena, classes, lw_text_copy(arena, label->class_name));
        report->classes_read++;
        is_new = true;
    }
    if (of)
        is_new |= learn_keypoints(arena, of, label->shape.n_keypoints);
    for (size_t i = 0; i < label->n_attributes; i++)
        is_new |= learn_attribute(arena, classes, of, &label->attributes[i]);
    return is_new;
}
