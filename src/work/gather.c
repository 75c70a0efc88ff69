#include "work/gather.h"

#include <math.h>

void lw_gathered_init(lw_gathered *g)
{
    *g = (lw_gathered){.arena = lw_arena_new()};
    g->facts.splits = g->splits;
    lw_ontology_index(g->arena, &g->ontology);
}

void lw_gathered_cleanup(lw_gathered *g)
{
    if (g->arena)
        lw_arena_free(g->arena);
    *g = (lw_gathered){0};
}

/* --- classes */

static void join_attribute(lw_gathered *g, lw_class *of, const lw_attribute_def *declared)
{
    lw_attribute_def *known = of ? lw_class_attribute(&g->ontology, of, declared->name) : NULL;
    for (size_t i = 0; !of && i < g->ontology.n_item_attributes; i++)
        if (lw_text_equal(g->ontology.item_attributes[i].name, declared->name))
            known = &g->ontology.item_attributes[i];
    if (!known) {
        known = lw_class_add_attribute(g->arena, &g->ontology, of, declared->name, declared->type);
        known->required = declared->required;
    }
    for (size_t i = 0; i < declared->n_options; i++)
        if (!lw_option_find(known, declared->options[i].name))
            lw_attribute_add_option(g->arena, known, declared->options[i].name);
}

static void join_class(lw_gathered *g, const lw_class *declared)
{
    lw_class *of = lw_class_find(&g->ontology, declared->name);
    if (!of) {
        of = lw_ontology_add_class(g->arena, &g->ontology, declared->name);
        of->index = declared->index;
        of->kinds = declared->kinds;
        of->color = lw_text_copy(g->arena, declared->color);
        of->key = lw_text_copy(g->arena, declared->key);
    }
    if (of->n_keypoints == 0 && declared->n_keypoints) {
        of->keypoints = lw_new_array(g->arena, lw_text, declared->n_keypoints);
        for (size_t i = 0; i < declared->n_keypoints; i++)
            of->keypoints[i] = lw_text_copy(g->arena, declared->keypoints[i]);
        of->n_keypoints = declared->n_keypoints;
        of->edges = lw_alloc_array(g->arena, declared->n_edges, sizeof *of->edges);
        if (declared->n_edges)
            memcpy(of->edges, declared->edges, declared->n_edges * sizeof *of->edges);
        of->n_edges = declared->n_edges;
    }
    for (size_t i = 0; i < declared->n_attributes; i++)
        join_attribute(g, of, &declared->attributes[i]);
}

/* Whole, with conditions, groups and all. */
static lw_status copy_ontology(lw_ctx *cx, lw_arena *arena, const lw_ontology *from, lw_ontology *out)
{
    LW_AUTO(lw_buf) buf = {0};
    lw_ctx inner = {.arena = arena};
    lw_json *root;
    lw_ontology_write_json(&buf, from);
    if (lw_json_parse(&inner, lw_text_copy(arena, lw_buf_text(&buf)), &root) == LW_OK && lw_ontology_from_json(&inner, root, out) == LW_OK)
        return LW_OK;
    return lw_fail(cx, LW_INVALID, "the source's classes contradict themselves: %s", inner.message);
}

static void join(lw_gathered *g, const lw_ontology *declared)
{
    for (size_t i = 0; i < declared->n_classes; i++)
        join_class(g, &declared->classes[i]);
    for (size_t i = 0; i < declared->n_classes; i++) {
        lw_class *of = lw_class_find(&g->ontology, declared->classes[i].name);
        if (of && !of->parent.size && declared->classes[i].parent.size)
            of->parent = lw_text_copy(g->arena, declared->classes[i].parent);
    }
    for (size_t i = 0; i < declared->n_item_attributes; i++)
        join_attribute(g, NULL, &declared->item_attributes[i]);
}

lw_status lw_gather_ontology(lw_ctx *cx, lw_gathered *g, const lw_ontology *declared)
{
    LW_AUTO(lw_buf) before = {0};
    LW_AUTO(lw_buf) after = {0};
    if (g->ontology.n_classes == 0 && g->ontology.n_item_attributes == 0) {
        LW_TRY(copy_ontology(cx, g->arena, declared, &g->ontology));
        g->grown |= LW_FORESEES_CLASSES;
        return LW_OK;
    }
    lw_ontology_write_json(&before, &g->ontology);
    join(g, declared);
    lw_ontology_write_json(&after, &g->ontology);
    if (!lw_text_equal(lw_buf_text(&before), lw_buf_text(&after)))
        g->grown |= LW_FORESEES_CLASSES;
    return LW_OK;
}

static void number_classes(lw_ontology *ontology)
{
    int64_t next = 0;
    for (size_t i = 0; i < ontology->n_classes; i++)
        if (ontology->classes[i].index >= next)
            next = ontology->classes[i].index + 1;
    for (size_t i = 0; i < ontology->n_classes; i++)
        if (ontology->classes[i].index < 0)
            ontology->classes[i].index = next++;
}

lw_status lw_gathered_ontology(lw_ctx *cx, const lw_gathered *g, lw_arena *arena, lw_ontology *out)
{
    lw_ontology copy = {0};
    LW_TRY(copy_ontology(cx, arena, &g->ontology, &copy));
    number_classes(&copy);
    *out = copy;
    return LW_OK;
}

/* --- items */

static void note_split(lw_gathered *g, lw_text split)
{
    for (size_t i = 0; i < g->facts.n_splits; i++)
        if (lw_text_equal(g->splits[i], split))
            return;
    if (g->facts.n_splits == LW_LIMIT_SPLITS)
        return;
    g->splits[g->facts.n_splits++] = split.size ? lw_text_copy(g->arena, split) : LW_TEXT("");
    g->grown |= LW_FORESEES_SPLITS;
}

static void note_label(lw_gathered *g, const lw_label *label)
{
    lw_write_options *facts = &g->facts;
    const lw_shape *shape = &label->shape;
    bool is_item = shape->kind == LW_TAG && lw_text_is(label->class_name, LW_ITEM_CLASS);
    bool has_angle = shape->kind == LW_BOX && shape->angle != 0, has_item_attributes = is_item && label->n_attributes > 0;
    uint64_t kinds = is_item ? 0 : 1u << shape->kind | (shape->skeleton ? 1u << LW_SKELETON : 0);
    if ((kinds & ~facts->kinds) || (has_angle && !facts->has_angles) || (has_item_attributes && !facts->has_item_attributes))
        g->grown |= LW_FORESEES_KINDS;
    facts->kinds |= kinds;
    facts->has_angles |= has_angle;
    facts->has_item_attributes |= has_item_attributes;
    facts->has_attributes |= !is_item && label->n_attributes > 0;
    facts->has_confidence |= !isnan(label->confidence);
    facts->has_tracks |= label->track != 0;
    facts->has_groups |= label->group != 0;
    facts->has_holes |= shape->kind == LW_POLYGON && shape->n_rings > shape->n_parts;
    facts->has_parts |= shape->kind == LW_POLYGON && shape->n_parts > 1;
    if (is_item || !label->class_name.size || lw_class_find(&g->ontology, label->class_name))
        return;
    lw_ontology_add_class(g->arena, &g->ontology, label->class_name);
    g->grown |= LW_FORESEES_CLASSES;
}

void lw_gather_item(lw_gathered *g, const lw_item *item, const lw_label *labels, size_t n_labels)
{
    note_split(g, item->split);
    g->facts.has_metadata |= item->metadata.size > 0;
    for (size_t i = 0; i < n_labels; i++)
        note_label(g, &labels[i]);
}
