/* Pascal VOC: an XML file an image. What its readers and writers share. */
#pragma once

#include "formats/format.h"
#include "formats/xml.h"

/* Corners counted from 1, both within the box: only the PASCAL challenges' own files, which say so in source/database. */
bool lw_voc_counts_from_one(lw_text database);

/* One object that can be taken; NULL or the code of why it cannot (see lw_voc_problem_message). known: the project's classes, or NULL.
 * *is_cut: some of its attributes could not be taken. */
const char *lw_voc_object_parse(lw_arena *arena, const lw_xml *object, bool counts_from_one, const lw_ontology *known, lw_label *out, bool *is_cut);
const char *lw_voc_problem_message(const char *code);
/* source, owner and their like as a JSON object's text; empty when nothing is worth keeping. */
lw_text lw_voc_metadata(lw_arena *arena, const lw_xml *annotation);

LW_MUST_USE lw_status lw_voc_read(lw_ctx *cx, const lw_read_options *options, const lw_sink *sink);
LW_MUST_USE lw_status lw_voc_begin(lw_ctx *cx, const lw_write_options *options, lw_writer **out);
LW_MUST_USE lw_status lw_voc_item(lw_ctx *cx, lw_writer *writer, const lw_item *item, const lw_label *labels, size_t n_labels,
                                  const lw_media_ref *media);
LW_MUST_USE lw_status lw_voc_end(lw_ctx *cx, lw_writer *writer);
void lw_voc_close(lw_writer *writer);
