/* What the API answers, as data: from these come GET /v1/openapi.json and the web app's types; a test holds every answer against them. */
#pragma once

#include "http/route.h"

/* clang-format off */
extern const lw_schema
    lw_user_schema, lw_user_page, lw_me_schema, lw_link_schema, lw_new_user_schema, lw_session_schema, lw_token_schema, lw_token_page, lw_new_token_schema,
    lw_project_schema, lw_project_page, lw_stats_schema, lw_ontology_schema, lw_ontology_new,
    lw_item_schema, lw_item_page, lw_item_detail_schema, lw_item_labels_schema, lw_next_schema, lw_labels_page,
    lw_operation_schema, lw_answer_schema, lw_commit_schema, lw_commit_page, lw_change_schema, lw_committed_schema,
    lw_upload_schema, lw_upload_file_schema, lw_job_schema, lw_job_page, lw_report_schema, lw_export_check_schema, lw_format_page,
    lw_failure_schema, lw_health_schema;
/* clang-format on */

extern const lw_schema lw_any_object; /* what is documented elsewhere */
/* Texts that are one of a few words; `options` of these also serve what comes in. */
extern const lw_schema lw_role_words, lw_state_words, lw_job_state_words;
