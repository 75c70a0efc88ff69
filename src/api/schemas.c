#include "api/schemas.h"

#include "base/limits.h"

/* A key is always there, unless it says so: KEY for what is left out where there is none, OR_NULL for what is then null. */
#define KEY(key, type, ...)                \
    {                                      \
        key, LW_TYPE_##type, ##__VA_ARGS__ \
    }
#define ALWAYS(key, type, ...)                          \
    {                                                   \
        key, LW_TYPE_##type, LW_REQUIRED, ##__VA_ARGS__ \
    }
#define OR_NULL(key, type, ...)                                       \
    {                                                                 \
        key, LW_TYPE_##type, LW_REQUIRED | LW_NULLABLE, ##__VA_ARGS__ \
    }
#define LIST_OF(key, element, ...)                                             \
    {                                                                          \
        key, LW_TYPE_LIST, LW_REQUIRED, .of = LW_TYPE_##element, ##__VA_ARGS__ \
    }
#define OBJECTS(key, row)                                                    \
    {                                                                        \
        key, LW_TYPE_LIST, LW_REQUIRED, .of = LW_TYPE_OBJECT, .schema = &row \
    }
#define PAGE(name, what, row)                                                                                                             \
    {                                                                                                                                     \
        name, what, LW_FIELDS(OBJECTS("rows", row), OR_NULL("next", TEXT, .description = "`after` of the next page; null with the last")) \
    }

const lw_schema lw_any_object = {.name = "Object", .description = "A JSON object", .fields = LW_FIELDS({0}), .open = true};

const lw_schema lw_role_words = {"Role", "What a person may do", .options = "owner|annotator"};
const lw_schema lw_state_words = {"TaskState", "How far a task is", .options = "waiting|started|done|skipped"};
const lw_schema lw_job_state_words = {"JobState", "How far a job is", .options = "waiting|running|done|failed|cancelled"};
static const lw_schema kind_words = {"Kind", "Kinds of geometry", .options = "box|polygon|polyline|points|skeleton|mask|ellipse|cuboid|tag"};

/* --- failures */

#define LW_SLUG(name, http, exit_code, slug) "|" slug
static const lw_schema code_words = {"ErrorCode", "What kind of failure", .options = &LW_STATUS_TABLE(LW_SLUG)[sizeof "|ok"]};
#undef LW_SLUG
static const lw_schema error_schema;
const lw_schema lw_failure_schema = {"Error", "What every failure answers", LW_FIELDS(ALWAYS("error", OBJECT, .schema = &error_schema))};

/* --- people */

#define LINK_FIELDS                                                                                                             \
    ALWAYS("link", TEXT, .description = "what follows the server's address; its secret signs in once"), ALWAYS("secret", TEXT), \
        OR_NULL("address", TEXT, .description = "the server's own, unless no server runs"), ALWAYS("expires", TEXT)

const lw_schema lw_user_schema = {
    "User", "A person", LW_FIELDS(ALWAYS("id", INT), ALWAYS("name", TEXT), ALWAYS("role", TEXT, .schema = &lw_role_words), OR_NULL("created", TEXT))};
const lw_schema lw_user_page = PAGE("UserPage", "People", lw_user_schema);
const lw_schema lw_me_schema = {
    "Me", "Who asks", .base = &lw_user_schema,
    .fields = LW_FIELDS(ALWAYS("store", TEXT, .description = "the store's id: what waits in a browser for one store must not reach another"),
                        ALWAYS("settings", OBJECT))};
const lw_schema lw_link_schema = {"SignInLink", "A link that signs in once", LW_FIELDS(LINK_FIELDS)};
const lw_schema lw_new_user_schema = {"NewUser", "A person and their first sign-in link", LW_FIELDS(LINK_FIELDS), .base = &lw_user_schema};
const lw_schema lw_session_schema = {"Session", "Who has signed in", LW_FIELDS(ALWAYS("user", OBJECT, .schema = &lw_user_schema))};
const lw_schema lw_token_schema = {
    "Token", "An API token, without its secret",
    LW_FIELDS(ALWAYS("id", INT), ALWAYS("name", TEXT), ALWAYS("user", TEXT), ALWAYS("created", TEXT), OR_NULL("expires", TEXT))};
const lw_schema lw_token_page = PAGE("TokenPage", "API tokens", lw_token_schema);
const lw_schema lw_new_token_schema = {"NewToken", "An API token",
                                       LW_FIELDS(ALWAYS("id", INT), ALWAYS("token", TEXT, .description = "shown this once"))};

/* --- projects */

static const lw_schema task_counts = {"TaskCounts", "Tasks by state",
                                      LW_FIELDS(ALWAYS("waiting", INT), ALWAYS("started", INT), ALWAYS("done", INT), ALWAYS("skipped", INT))};
static const lw_schema layer_count = {"LayerCount", "Labels of a layer", LW_FIELDS(ALWAYS("layer", TEXT), ALWAYS("labels", INT))};
static const lw_schema class_count = {"ClassCount", "Labels of a class on a layer",
                                      LW_FIELDS(ALWAYS("class", TEXT), ALWAYS("layer", TEXT), ALWAYS("labels", INT))};
static const lw_schema split_count = {"SplitCount", "Items of a split", LW_FIELDS(OR_NULL("split", TEXT), ALWAYS("items", INT))};
static const lw_schema person_count = {"PersonCount", "Labels that somebody made", LW_FIELDS(ALWAYS("name", TEXT), ALWAYS("labels", INT))};

#define COUNT_FIELDS ALWAYS("tasks", OBJECT, .schema = &task_counts), ALWAYS("items", INT), OBJECTS("layers", layer_count)

const lw_schema lw_project_schema = {
    "Project", "A project with its counts",
    LW_FIELDS(ALWAYS("id", INT), ALWAYS("name", TEXT), ALWAYS("seq", INT, .description = "number of its last commit"), ALWAYS("archived", BOOL),
              ALWAYS("removed", BOOL), ALWAYS("created", TEXT), ALWAYS("ontology_version", INT), COUNT_FIELDS,
              ALWAYS("labels", INT, .description = "on the layer truth"), LIST_OF("cover", INT, .description = "ids of items that stand for it"))};
const lw_schema lw_project_page = PAGE("ProjectPage", "Projects", lw_project_schema);
const lw_schema lw_stats_schema = {"Stats", "Counts that screens show",
                                   LW_FIELDS(COUNT_FIELDS, OBJECTS("classes", class_count), OBJECTS("splits", split_count),
                                             OBJECTS("people", person_count), OBJECTS("recent", lw_commit_schema))};

/* --- ontology */

static const lw_schema value_schema = {"Value", "An attribute's value",
                                       .json = "\"type\": [\"string\", \"number\", \"boolean\", \"array\"], \"items\": {\"type\": \"string\"}"};
static const lw_schema option_schema = {
    "Option", "A name; with its id once it is kept",
    .json =
        "\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"object\", \"properties\": {\"id\": {\"type\": \"integer\"}, \"name\": {\"type\": \"string\"}}, "
        "\"required\": [\"id\", \"name\"], \"additionalProperties\": false}]"};
static const lw_schema edge_schema = {"Edge", "Two points of a skeleton, counted from 0",
                                      .json = "\"type\": \"array\", \"items\": {\"type\": \"integer\"}, \"minItems\": 2, \"maxItems\": 2"};
static const lw_schema skeleton_schema = {
    "SkeletonDef", "The points of a class's skeletons",
    LW_FIELDS(LIST_OF("points", TEXT), {"edges", LW_TYPE_LIST, LW_REQUIRED, .of = LW_TYPE_ANY, .schema = &edge_schema})};
static const lw_schema attribute_type_words = {"AttributeType", "Types of attributes", .options = "one|many|yesno|text|integer|number"};
static const lw_schema attribute_schema = {"AttributeDef", "An attribute",
                                           LW_FIELDS(KEY("id", INT), ALWAYS("name", TEXT), ALWAYS("type", TEXT, .schema = &attribute_type_words),
                                                     {"options", LW_TYPE_LIST, .of = LW_TYPE_ANY, .schema = &option_schema}, KEY("required", BOOL),
                                                     {"when", LW_TYPE_MAP, .of = LW_TYPE_ANY, .schema = &value_schema,
                                                      .description = "asked only where other attributes have these values"})};
static const lw_schema class_schema = {
    "ClassDef", "A class",
    LW_FIELDS(KEY("id", INT), ALWAYS("name", TEXT),
              {"kinds", LW_TYPE_LIST, .of = LW_TYPE_TEXT, .schema = &kind_words, .description = "kinds of geometry; all when absent"},
              KEY("key", TEXT), KEY("color", TEXT), KEY("parent", TEXT), KEY("index", INT, .description = "its number in YOLO and COCO"),
              KEY("skeleton", OBJECT, .schema = &skeleton_schema), {"attributes", LW_TYPE_LIST, .of = LW_TYPE_OBJECT, .schema = &attribute_schema})};
#define ONTOLOGY_FIELDS OBJECTS("classes", class_schema), OBJECTS("item", attribute_schema)
const lw_schema lw_ontology_schema = {"Ontology", "Classes and attributes", LW_FIELDS(ALWAYS("id", INT), ALWAYS("version", INT), ONTOLOGY_FIELDS)};
const lw_schema lw_ontology_new = {"OntologyNew", "Classes and attributes to keep; what has an id keeps it",
                                   LW_FIELDS(KEY("id", INT),
                                             KEY("version", INT, .description = "the version it was made from; a later one is a conflict"),
                                             {"classes", LW_TYPE_LIST, .of = LW_TYPE_OBJECT, .schema = &class_schema},
                                             {"item", LW_TYPE_LIST, .of = LW_TYPE_OBJECT, .schema = &attribute_schema}),
                                   .described = true};

/* --- items and labels */

static const lw_schema mask_schema = {"Mask", "COCO's compressed RLE",
                                      LW_FIELDS(LIST_OF("size", INT, .min = 2, .max = 2, .description = "height, width"), ALWAYS("counts", TEXT))};
static const lw_schema true_schema = {"True", "Nothing else", .json = "\"const\": true"};
static const lw_schema geometry = {
    "Geometry", "Exactly one of these, in pixels of the item as displayed; a skeleton may stand beside a box, polygon or mask",
    LW_FIELDS({"box", LW_TYPE_LIST, .of = LW_TYPE_NUMBER, .description = "x, y, w, h"},
              KEY("angle", NUMBER, .description = "of a box or an ellipse: degrees clockwise about its centre"),
              {"polygon", LW_TYPE_LIST, .of = LW_TYPE_NUMBER, .levels = 3, .description = "parts of rings of x, y, …: the outline, then its holes"},
              {"polyline", LW_TYPE_LIST, .of = LW_TYPE_NUMBER, .description = "x, y, …"},
              {"points", LW_TYPE_LIST, .of = LW_TYPE_NUMBER, .description = "x, y, …"},
              {"skeleton", LW_TYPE_LIST, .of = LW_TYPE_NUMBER, .description = "x, y, v, … in the class's order"},
              KEY("mask", OBJECT, .schema = &mask_schema), {"ellipse", LW_TYPE_LIST, .of = LW_TYPE_NUMBER, .description = "cx, cy, rx, ry"},
              {"cuboid", LW_TYPE_LIST, .of = LW_TYPE_NUMBER, .description = "8 corners x, y"},
              KEY("tag", ANY, .schema = &true_schema, .description = "the item as a whole"))};

#define ATTRIBUTES(flags_)                                                            \
    {                                                                                 \
        "attributes", LW_TYPE_MAP, flags_, .of = LW_TYPE_ANY, .schema = &value_schema \
    }
static const lw_schema label_schema = {
    "Label", "One statement about an item", .base = &geometry,
    .fields = LW_FIELDS(ALWAYS("id", INT), ALWAYS("class", TEXT), ALWAYS("layer", TEXT), ATTRIBUTES(LW_REQUIRED), OR_NULL("confidence", NUMBER),
                        ALWAYS("by", TEXT), ALWAYS("seq", INT, .description = "the commit that made this version"), OR_NULL("group", INT),
                        KEY("track", INT, LW_NULLABLE), OR_NULL("frame", INT),
                        KEY("outside", BOOL, .description = "a keyframe that ends a visible stretch of its track"), KEY("source_id", TEXT))};
static const lw_schema track_schema = {
    "Track", "One object through the frames",
    LW_FIELDS(ALWAYS("id", INT), ALWAYS("class", TEXT), ALWAYS("layer", TEXT), ATTRIBUTES(LW_REQUIRED), ALWAYS("by", TEXT), ALWAYS("seq", INT))};

#define TASK_FIELDS                                                                                    \
    ALWAYS("position", INT), ALWAYS("state", TEXT, .schema = &lw_state_words), OR_NULL("split", TEXT), \
        OR_NULL("assignee", TEXT, .description = "who has it in hand now"), OR_NULL("reason", TEXT, .description = "why it was skipped")

static const lw_schema task_schema = {"Task", "An item's state in a project", LW_FIELDS(ALWAYS("id", INT), TASK_FIELDS)};
const lw_schema lw_item_schema = {"Item", "An item of a project, with its task",
                                  LW_FIELDS(ALWAYS("id", INT), ALWAYS("name", TEXT), ALWAYS("width", INT), ALWAYS("height", INT),
                                            OR_NULL("media_type", TEXT), ALWAYS("media", BOOL, .description = "whether there are bytes to show"),
                                            ALWAYS("revision", INT), ALWAYS("task", INT), ALWAYS("labels", INT), TASK_FIELDS,
                                            KEY("metadata", OBJECT))};
const lw_schema lw_item_page = PAGE("ItemPage", "Items, in order", lw_item_schema);
const lw_schema lw_item_detail_schema = {"ItemDetail", "An item by itself",
                                         LW_FIELDS(ALWAYS("id", INT), ALWAYS("name", TEXT), ALWAYS("dataset", TEXT), ALWAYS("width", INT),
                                                   ALWAYS("height", INT), ALWAYS("bytes", INT), OR_NULL("media_type", TEXT), OR_NULL("sha256", TEXT),
                                                   ALWAYS("linked", BOOL), ALWAYS("missing", BOOL), ALWAYS("media", BOOL), ALWAYS("revision", INT),
                                                   ALWAYS("metadata", OBJECT))};
const lw_schema lw_item_labels_schema = {"ItemLabels", "An item with its task and all its labels",
                                         LW_FIELDS(ALWAYS("item", OBJECT, .schema = &lw_item_schema), ALWAYS("task", OBJECT, .schema = &task_schema),
                                                   ALWAYS("seq", INT, .description = "the project's, at the moment of reading"),
                                                   OBJECTS("tracks", track_schema), OBJECTS("labels", label_schema))};
static const lw_schema null_schema = {"Null", "Nothing", .json = "\"type\": \"null\""};
static const lw_schema nothing_left = {"NothingLeft", "No task waits", LW_FIELDS(ALWAYS("item", ANY, .schema = &null_schema))};
const lw_schema lw_next_schema = {"Next", "The next task's item, if any",
                                  .any_of = (const lw_schema *const[]){&lw_item_labels_schema, &nothing_left, NULL}};
static const lw_schema labels_of = {"LabelsOf", "The labels of one item", LW_FIELDS(ALWAYS("item", INT), OBJECTS("labels", label_schema))};
const lw_schema lw_labels_page = PAGE("LabelsPage", "Labels, item by item", labels_of);

/* --- operations */

static const lw_schema reference_schema = {"Reference", "An id, or a name that the request knows: an item's path, a `ref` of an earlier line",
                                           .json = "\"type\": [\"integer\", \"string\"]"};
static const lw_schema track_reference = {"TrackReference", "A track's id or `ref`; in an `add`, an object is a track to make",
                                          .json = "\"type\": [\"integer\", \"string\", \"object\", \"null\"]"};

static const lw_schema label_fields = {
    "LabelFields", "What an operation says of a label; an `add` needs class and geometry", .base = &geometry,
    .fields = LW_FIELDS(KEY("class", TEXT, .max = LW_LIMIT_NAME_BYTES), KEY("layer", TEXT, .max = LW_LIMIT_NAME_BYTES),
                        {"attributes", LW_TYPE_MAP, .of = LW_TYPE_ANY, .schema = &value_schema,
                         .description = "in a `change` they join by name; null takes one away"},
                        KEY("confidence", NUMBER, LW_NULLABLE), KEY("group", INT, LW_NULLABLE), KEY("frame", INT, LW_NULLABLE), KEY("outside", BOOL),
                        KEY("track", ANY, .schema = &track_reference), KEY("source_id", TEXT))};
#define WAS KEY("was", INT, .description = "the seq of the version that the author saw; a later one is a conflict")
static const lw_schema add_operation = {"AddOperation", "A new label", .base = &label_fields,
                                        .fields = LW_FIELDS(ALWAYS("op", TEXT, .options = "add"), ALWAYS("item", ANY, .schema = &reference_schema),
                                                            KEY("ref", TEXT, .description = "names it for the lines that follow"))};
static const lw_schema change_operation = {
    "ChangeOperation", "Only what changes", .base = &label_fields,
    .fields = LW_FIELDS(ALWAYS("op", TEXT, .options = "change"), ALWAYS("id", ANY, .schema = &reference_schema), WAS)};
static const lw_schema remove_operation = {
    "RemoveOperation", "Takes a label away",
    LW_FIELDS(ALWAYS("op", TEXT, .options = "remove"), KEY("id", ANY, .schema = &reference_schema),
              KEY("track", ANY, .schema = &reference_schema, .description = "a track with its labels, instead"), WAS)};
const lw_schema lw_operation_schema = {"Operation", "A line of NDJSON",
                                       .any_of = (const lw_schema *const[]){&add_operation, &change_operation, &remove_operation, NULL}};
const lw_schema lw_answer_schema = {"Answer", "A line of NDJSON: what became of an operation, id and seq or an error",
                                    LW_FIELDS(KEY("id", INT), KEY("seq", INT), KEY("error", OBJECT, .schema = &error_schema))};

/* --- the log */

const lw_schema lw_commit_schema = {"Commit", "One accepted write",
                                    LW_FIELDS(ALWAYS("seq", INT), ALWAYS("by", TEXT), ALWAYS("at", TEXT), ALWAYS("kind", TEXT),
                                              OR_NULL("reason", TEXT), OR_NULL("job", INT), ALWAYS("added", INT), ALWAYS("changed", INT),
                                              ALWAYS("removed", INT))};
const lw_schema lw_commit_page = PAGE("CommitPage", "Commits, newest first", lw_commit_schema);
const lw_schema lw_change_schema = {"Change", "A line of NDJSON: a commit and the items it touched", LW_FIELDS(LIST_OF("items", INT)),
                                    .base = &lw_commit_schema};
const lw_schema lw_committed_schema = {"Committed", "The commit that was made",
                                       LW_FIELDS(ALWAYS("seq", INT, .description = "0: nothing was to change"))};

/* --- data in and out */

const lw_schema lw_upload_schema = {"Upload", "A place for files, until an import takes them", LW_FIELDS(ALWAYS("id", TEXT))};
const lw_schema lw_upload_file_schema = {"UploadFile", "A file that was taken", LW_FIELDS(ALWAYS("bytes", INT))};

static const lw_schema severity_words = {"Severity", "info: a rule was applied; warning: something is lost or left out; error: could not be read",
                                         .options = "info|warning|error"};
static const lw_schema issue_schema = {"Issue", "What a report has to say",
                                       LW_FIELDS(ALWAYS("code", TEXT), ALWAYS("severity", TEXT, .schema = &severity_words), ALWAYS("count", INT),
                                                 ALWAYS("message", TEXT), KEY("example", TEXT), {"examples", LW_TYPE_LIST, .of = LW_TYPE_TEXT})};
static const lw_schema report_items = {"ReportItems", "Items",
                                       LW_FIELDS(ALWAYS("read", INT), ALWAYS("added", INT), ALWAYS("matched", INT), ALWAYS("skipped", INT))};
static const lw_schema report_labels = {
    "ReportLabels", "Labels: read = written + matched + skipped",
    LW_FIELDS(ALWAYS("read", INT), ALWAYS("written", INT), ALWAYS("matched", INT), ALWAYS("skipped", INT),
              {"kinds", LW_TYPE_MAP, LW_REQUIRED, .of = LW_TYPE_INT, .description = "written, by kind of geometry"})};
static const lw_schema report_classes = {"ReportClasses", "Classes", LW_FIELDS(ALWAYS("read", INT), ALWAYS("added", INT))};
const lw_schema lw_report_schema = {"Report", "What an import or export did",
                                    LW_FIELDS(ALWAYS("format", TEXT), ALWAYS("seq", INT, .description = "the last commit"),
                                              ALWAYS("items", OBJECT, .schema = &report_items), ALWAYS("labels", OBJECT, .schema = &report_labels),
                                              ALWAYS("classes", OBJECT, .schema = &report_classes), OBJECTS("issues", issue_schema),
                                              ALWAYS("seconds", NUMBER),
                                              KEY("error", OBJECT, .schema = &error_schema, .description = "why it was refused"))};
const lw_schema lw_export_check_schema = {"ExportCheck", "What an export would do", .base = &lw_report_schema,
                                          .fields = LW_FIELDS(ALWAYS("refused", BOOL, .description = "without `lossy`"), OR_NULL("message", TEXT))};

static const lw_schema backup_result = {"BackupResult", "What a backup holds", LW_FIELDS(ALWAYS("images", INT))};
static const lw_schema verify_result = {"VerifyResult", "What is wrong in a store",
                                        LW_FIELDS(LIST_OF("problems", TEXT),
                                                  ALWAYS("count", INT, .description = "all problems; the list is cut after 1,000"),
                                                  ALWAYS("images", INT, .description = "stored images that were read"))};
static const lw_schema job_result = {"JobResult", "What a job came to", .any_of = (const lw_schema *const[]){&backup_result, &verify_result, NULL}};
const lw_schema lw_job_schema = {
    "Job", "Long work",
    LW_FIELDS(ALWAYS("id", INT), OR_NULL("project", TEXT), ALWAYS("kind", TEXT), ALWAYS("state", TEXT, .schema = &lw_job_state_words),
              ALWAYS("done", INT, .description = "steps, of `total`"), ALWAYS("total", INT, .description = "0: not known yet"),
              OR_NULL("message", TEXT), ALWAYS("params", OBJECT, .description = "what was asked for"),
              OR_NULL("report", OBJECT, .schema = &lw_report_schema, .description = "of an import, export or demo"),
              KEY("result", ANY, .schema = &job_result, .description = "of a backup or verification"), KEY("error", OBJECT, .schema = &error_schema),
              ALWAYS("by", TEXT), ALWAYS("created", TEXT), OR_NULL("started", TEXT), OR_NULL("ended", TEXT))};
const lw_schema lw_job_page = PAGE("JobPage", "Jobs, newest first", lw_job_schema);

static const lw_schema capabilities = {"Capabilities", "What a format can carry",
                                       LW_FIELDS({"kinds", LW_TYPE_LIST, LW_REQUIRED, .of = LW_TYPE_TEXT, .schema = &kind_words},
                                                 ALWAYS("holes", BOOL), ALWAYS("parts", BOOL), ALWAYS("angle", BOOL), ALWAYS("attributes", BOOL),
                                                 ALWAYS("splits", BOOL), ALWAYS("tracks", BOOL), ALWAYS("confidence", BOOL), ALWAYS("layers", BOOL),
                                                 ALWAYS("item_attributes", BOOL), ALWAYS("groups", BOOL), ALWAYS("states", BOOL),
                                                 ALWAYS("metadata", BOOL), ALWAYS("empty_items", BOOL))};
static const lw_schema format_schema = {"Format", "A file format",
                                        LW_FIELDS(ALWAYS("name", TEXT), ALWAYS("title", TEXT), ALWAYS("read", BOOL), ALWAYS("write", BOOL),
                                                  ALWAYS("one_file", BOOL), ALWAYS("can", OBJECT, .schema = &capabilities))};
const lw_schema lw_format_page = PAGE("FormatPage", "File formats", format_schema);

static const lw_schema error_schema = {
    "ErrorBody", "What went wrong, where, and what to do",
    LW_FIELDS(ALWAYS("code", TEXT, .schema = &code_words), ALWAYS("message", TEXT),
              {"fields", LW_TYPE_MAP, .of = LW_TYPE_TEXT, .description = "what is wrong with each field, by JSON pointer"},
              KEY("request", TEXT, .description = "as in the server's log"), KEY("index", INT, .description = "which operation it was, from 0"),
              KEY("label", OBJECT, LW_NULLABLE, .schema = &label_schema, .description = "in a conflict: the present label, null when it was removed"),
              KEY("assignee", TEXT, .description = "in a conflict about a task: who has it in hand"),
              KEY("ontology", OBJECT, .schema = &lw_ontology_schema, .description = "in a conflict: the present one"))};

/* --- the store as a whole */

const lw_schema lw_health_schema = {"Health", "The server can read its store",
                                    LW_FIELDS(ALWAYS("status", TEXT, .options = "ok"), ALWAYS("version", TEXT))};
