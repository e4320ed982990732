"""The framework's own doctypes, as far as a field-service integration meets them."""

from typing import Final

from backend.simulators.erpnext.schema import DocType, Field, allow, many, select, table

_MANAGER: Final = (allow("System Manager", "read write create delete"),)

_PERMISSION_ROW: Final = (
    Field("role", "Link", "Role", reqd=True),
    *many("Check", "if_owner"),
    *many("Int", "permlevel"),
    *many("Check", "select"),
)

# A permission row that does not name a right grants it (recorded).
_DOCPERM: Final = DocType(
    "DocPerm",
    (
        *_PERMISSION_ROW,
        *many("Check", "read write create delete", default=1),
        *many("Check", "submit cancel amend"),
        *many("Check", "report export", default=1),
        *many("Check", "import"),
        *many("Check", "share print email", default=1),
    ),
    istable=True,
)

_CUSTOM_DOCPERM: Final = DocType(
    "Custom DocPerm",
    (
        Field("parent"),
        *_PERMISSION_ROW,
        *many("Check", "read", default=1),
        *many("Check", "write create delete submit cancel amend report"),
        *many("Check", "export", default=1),
        *many("Check", "import share print email"),
    ),
    permissions=_MANAGER,
)

_FIELD_CHECKS: Final = (
    "non_negative hide_days hide_seconds reqd is_virtual search_index sort_options "
    "show_dashboard fetch_if_empty hidden bold allow_in_quick_entry translatable print_hide "
    "print_hide_if_no_value report_hide collapsible hide_border in_list_view in_standard_filter "
    "in_preview in_global_search read_only allow_on_submit ignore_user_permissions "
    "ignore_xss_filter unique no_copy"
)
_FIELD_TEXTS: Final = "description depends_on mandatory_depends_on fetch_from"

_DOCFIELD: Final = DocType(
    "DocField",
    (
        *many("Data", "label fieldname"),
        Field("fieldtype", default="Data"),
        *many("Small Text", "options default"),
        *many("Data", "precision", default=""),
        *many("Int", "length permlevel columns"),
        *many("Check", _FIELD_CHECKS),
        *many("Check", "not_nullable show_on_timeline in_filter allow_bulk_edit"),
        *many("Check", "make_attachment_public set_only_once remember_last_selected_value"),
        *many("Code", _FIELD_TEXTS),
    ),
    istable=True,
)

_CUSTOM_FIELD: Final = DocType(
    "Custom Field",
    (
        *many("Check", "is_system_generated"),
        Field("dt", "Link", "DocType"),
        *many("Data", "label fieldname insert_after"),
        Field("fieldtype", default="Data"),
        *many("Small Text", "options default"),
        *many("Data", "precision", default=""),
        *many("Int", "length permlevel columns"),
        *many("Check", _FIELD_CHECKS),
        *many("Code", _FIELD_TEXTS),
    ),
    autoname="format:{dt}-{fieldname}",
    permissions=_MANAGER,
)

# Unrecorded: frappe/custom/doctype/property_setter/property_setter.json.
_PROPERTY_SETTER: Final = DocType(
    "Property Setter",
    (
        select("doctype_or_field", "|DocField|DocType|DocType Link|DocType Action|DocType State"),
        Field("doc_type", "Link", "DocType", reqd=True),
        *many("Data", "field_name row_name property_type default_value"),
        Field("property", reqd=True),
        Field("value", "Small Text"),
    ),
    autoname="format:{doc_type}-{field_name}-{property}",
    permissions=_MANAGER,
)

_DOCTYPE_CHECKS: Final = (
    "read_only in_create is_submittable istable issingle is_tree is_calendar_and_gantt "
    "quick_entry track_changes track_seen track_views custom beta is_virtual "
    "queue_in_background hide_toolbar allow_copy allow_import allow_events_in_timeline "
    "allow_auto_repeat make_attachments_public show_title_field_in_link translated_doctype "
    "force_re_route_to_default_view show_preview_popup show_name_in_global_search "
    "email_append_to has_web_view allow_guest_to_view"
)

_DOCTYPE: Final = DocType(
    "DocType",
    (
        *many("Check", _DOCTYPE_CHECKS),
        *many("Check", "allow_rename editable_grid index_web_pages_for_search", default=1),
        *many("Int", "max_attachments"),
        *many("Data", "naming_rule autoname title_field search_fields"),
        *many("Small Text", "description"),
        *many("Data", "document_type", default=""),
        Field("module", default="Custom"),
        Field("sort_field", default="creation"),
        Field("sort_order", default="DESC"),
        Field("engine", default="InnoDB"),
        table("permissions", "DocPerm"),
        table("fields", "DocField"),
        table("actions", "DocType Action"),
        table("links", "DocType Link"),
        table("states", "DocType State"),
    ),
    autoname="prompt",
    permissions=_MANAGER,
)

_USER: Final = DocType(
    "User",
    (
        *many("Check", "enabled", default=1),
        Field("email", reqd=True),
        Field("first_name", reqd=True),
        *many("Data", "last_name full_name username phone mobile_no language time_zone"),
        *many("Check", "send_welcome_email", default=1),
        *many("Check", "unsubscribed mute_sounds document_follow_notify"),
        Field("desk_theme", default="Light"),
        Field("code_editor_type", default="vscode"),
        *many("Check", "search_bar notifications list_sidebar bulk_actions", default=1),
        *many("Check", "view_switcher form_sidebar timeline dashboard", default=1),
        Field("new_password", "Password", default=""),
        *many("Check", "logout_all_sessions", default=1),
        Field("document_follow_frequency", default="Daily"),
        *many("Check", "follow_created_documents follow_commented_documents"),
        *many("Check", "follow_liked_documents follow_assigned_documents"),
        *many("Check", "follow_shared_documents send_me_a_copy"),
        *many("Check", "thread_notify allowed_in_mentions", default=1),
        Field("simultaneous_sessions", "Int", default=2),
        *many("Int", "login_after login_before"),
        Field("user_type", default="System User"),
        Field("last_active", "Datetime"),
        *many("Check", "bypass_restrict_ip_check_if_2fa_enabled"),
        Field("api_key", unique=True),
        Field("api_secret", "Password"),
        Field("onboarding_status", "Small Text", default="{}"),
        table("social_logins", "User Social Login"),
        table("block_modules", "Block Module"),
        table("roles", "Has Role"),
        table("user_emails", "User Email"),
        table("defaults", "DefaultValue"),
        table("role_profiles", "User Role Profile"),
    ),
    autoname="field:email",
    permissions=_MANAGER,
)

_WEBHOOK: Final = DocType(
    "Webhook",
    (
        Field("webhook_doctype", "Link", "DocType", reqd=True),
        select("webhook_docevent", "after_insert|on_update|on_submit|on_cancel|on_trash|on_change"),
        *many("Check", "enabled", default=1),
        Field("condition", "Small Text"),
        Field("request_url", "Small Text", reqd=True),
        *many("Check", "is_dynamic_url"),
        Field("timeout", "Int", default=5),
        select("request_method", "POST|PUT|DELETE", "POST"),
        select("request_structure", "|Form URL-Encoded|JSON"),
        *many("Check", "enable_security"),
        Field("webhook_secret", "Password"),
        Field("webhook_json", "Code"),
        table("webhook_data", "Webhook Data"),
        table("webhook_headers", "Webhook Header"),
    ),
    autoname="prompt",
    permissions=_MANAGER,
)

_FILE: Final = DocType(
    "File",
    (
        *many("Data", "file_name"),
        *many("Check", "is_private"),
        *many("Data", "file_type"),
        *many("Check", "is_home_folder is_attachments_folder"),
        *many("Int", "file_size"),
        *many("Code", "file_url"),
        *many("Data", "folder"),
        *many("Check", "is_folder"),
        *many("Data", "attached_to_doctype attached_to_name attached_to_field content_hash"),
        *many("Check", "uploaded_to_dropbox uploaded_to_google_drive"),
    ),
    permissions=(allow("All", "read write create"), *_MANAGER),
)

# Unrecorded: frappe/desk/doctype/todo/todo.json.
_TODO: Final = DocType(
    "ToDo",
    (
        select("status", "Open|Closed|Cancelled", "Open"),
        select("priority", "High|Medium|Low", "Medium"),
        Field("date", "Date"),
        Field("allocated_to", "Link", "User"),
        Field("description", "Text Editor", reqd=True),
        Field("reference_type", "Link", "DocType"),
        Field("reference_name", "Dynamic Link", "reference_type"),
    ),
    permissions=(allow("All", "read write create delete"), *_MANAGER),
)

_ROW_ONLY: Final = (
    DocType("Has Role", (Field("role", "Link", "Role", reqd=True),), istable=True),
    DocType("User Social Login", many("Data", "provider username userid"), istable=True),
    DocType("Webhook Header", many("Small Text", "key value"), istable=True),
    DocType("Webhook Data", many("Data", "fieldname key"), istable=True),
    *(
        DocType(name, istable=True)
        for name in (
            "Block Module",
            "User Email",
            "DefaultValue",
            "User Role Profile",
            "DocType Action",
            "DocType Link",
            "DocType State",
        )
    ),
)

CORE_DOCTYPES: Final = (
    DocType("Role", many("Data", "role_name"), autoname="field:role_name", permissions=_MANAGER),
    DocType(
        "Deleted Document",
        (
            *many("Data", "deleted_doctype deleted_name new_name"),
            *many("Check", "restored"),
            *many("Code", "data"),
        ),
        permissions=_MANAGER,
    ),
    DocType("Version", many("Data", "ref_doctype docname"), permissions=_MANAGER),
    DocType("System Settings", many("Data", "time_zone"), issingle=True, permissions=_MANAGER),
    _DOCPERM,
    _CUSTOM_DOCPERM,
    _DOCFIELD,
    _CUSTOM_FIELD,
    _PROPERTY_SETTER,
    _DOCTYPE,
    _USER,
    _WEBHOOK,
    _FILE,
    *_ROW_ONLY,
    _TODO,
)
