"""The doctypes of field service: the recorded site's, and those of a fibre ISP's own site."""

from typing import Final

from backend.simulators.erpnext.schema import (
    DocType,
    Field,
    Permission,
    allow,
    link,
    many,
    select,
    table,
)

SYNC_ROLE: Final = "Field Sync"
OFFICE_ROLE: Final = "Dispatcher"
RECORDED_STATUSES: Final = "Open|Assigned|En Route|On Site|Completed|Cancelled"
STATUSES: Final = "Open|Assigned|En Route|On Site|On Hold|Completed|Not Completed|Cancelled"
JOB_TYPES: Final = "Installation|Repair|Maintenance|Removal"

_OPEN: Final = (allow("System Manager", "read write create delete"), allow(SYNC_ROLE))
_LOCKED: Final = (allow("System Manager", "read write create delete"),)

_TAG: Final = DocType(
    "Dispatch Job Tag",
    (Field("tag", reqd=True), *many("Int", "level")),
    istable=True,
)
_JOB_EQUIPMENT: Final = DocType(
    "Dispatch Job Equipment",
    (
        select("action", "Install|Replace|Return|Verify"),
        Field("serial_number", reqd=True),
        link("equipment", "Service Equipment"),
        *many("Data", "equipment_type mac_address op_id"),
    ),
    istable=True,
)
_CHECKLIST: Final = DocType(
    "Dispatch Job Checklist",
    (
        Field("item_id", reqd=True),
        Field("label", reqd=True),
        *many("Check", "required done"),
        Field("done_at", "Datetime"),
    ),
    istable=True,
)
_LINE_CHECK: Final = DocType(
    "Dispatch Job Check",
    (
        Field("check_id", reqd=True),
        *many("Datetime", "asked_at measured_at"),
        *many("Data", "asked_by verdict accepted evidence"),
        Field("rx_dbm", "Float"),
        Field("rules", "Int"),
    ),
    istable=True,
)
_MATERIAL: Final = DocType(
    "Dispatch Job Material",
    (
        Field("line_id", reqd=True),
        *many("Data", "material used_by"),
        Field("qty", "Int"),
        Field("used_at", "Datetime"),
    ),
    istable=True,
)
_ASSISTANT: Final = DocType(
    "Dispatch Job Assistant", (link("technician", "Technician", reqd=True),), istable=True
)

_TECHNICIAN: Final = DocType(
    "Technician",
    (
        Field("full_name", reqd=True),
        *many("Data", "email phone"),
        *many("Float", "home_lat home_lng"),
        *many("Check", "active", default=1),
    ),
    autoname="format:TECH-{###}",
    permissions=_OPEN,
)
_OPERATION: Final = DocType(
    "Field Operation",
    (
        link("job", "Dispatch Job"),
        *many("Data", "kind device"),
        Field("occurred_at", "Datetime"),
        Field("payload", "Long Text"),
    ),
    autoname="UUID",
    permissions=_OPEN,
)
_SUBSCRIPTION: Final = DocType(
    "Service Subscription",
    (
        link("customer", "Customer"),
        link("service_location", "Service Location"),
        Field("plan"),
        select("status", "En attente|Actif|Suspendu|Annulé", "En attente"),
        *many("Int", "down_mbps up_mbps"),
        Field("start_date", "Date"),
    ),
    autoname="format:SUB-{#####}",
    permissions=_OPEN,
)


def _job(
    statuses: str, more: tuple[Field, ...], permissions: tuple[Permission, ...] = _OPEN
) -> DocType:
    return DocType(
        "Dispatch Job",
        (
            Field("subject", reqd=True),
            select("job_type", JOB_TYPES, "Installation"),
            select("status", statuses, "Open"),
            select("priority", "Low|Medium|High|Urgent", "Medium"),
            link("technician", "Technician"),
            link("service_location", "Service Location"),
            link("subscription", "Service Subscription"),
            Field("scheduled_date", "Date"),
            Field("scheduled_start", "Time"),
            Field("duration_min", "Int", label="Duration (min)", default=60),
            Field("customer_phone"),
            Field("dispatch_notes", "Text"),
            Field("tech_notes", "Text"),
            *many("Datetime", "started_at completed_at"),
            Field("cpe_check", "Long Text"),
            Field("rx_power_dbm", "Float", label="Rx power (dBm)"),
            Field("last_op_id", read_only=True),
            *more,
            table("tags", "Dispatch Job Tag"),
            table("equipment", "Dispatch Job Equipment"),
        ),
        autoname="format:DJ-{#####}",
        permissions=permissions,
    )


# The recorded site's permission on jobs left `delete` out of its row, which grants it.
RECORDED_DOCTYPES: Final = (
    DocType(_TAG.name, _TAG.fields, istable=True),
    DocType(_JOB_EQUIPMENT.name, _JOB_EQUIPMENT.fields[:3], istable=True),
    _TECHNICIAN,
    DocType(
        "Service Location",
        (
            *many("Data", "location_name customer_name city"),
            *many("Float", "latitude longitude"),
            *many("Data", "olt_name pon_port"),
        ),
        autoname="format:SL-{#####}",
        permissions=_OPEN,
    ),
    DocType(
        "Service Equipment",
        (
            Field("serial_number", reqd=True, unique=True),
            Field("equipment_type"),
            Field("mac_address"),
            select("status", "In Stock|Installed|Returned|Defective", "In Stock"),
            link("service_location", "Service Location"),
        ),
        autoname="field:serial_number",
        permissions=_OPEN,
    ),
    DocType("Service Subscription", autoname="format:SUB-{#####}", permissions=_OPEN),
    _job(
        RECORDED_STATUSES,
        (),
        (*_LOCKED, allow(SYNC_ROLE, "read write create delete")),
    ),
    DocType(_OPERATION.name, _OPERATION.fields, autoname="UUID", permissions=_OPEN),
    DocType(
        "Field Note",
        (link("job", "Dispatch Job"), Field("body", "Text")),
        autoname="prompt",
        permissions=_OPEN,
    ),
    DocType(
        "Field Scan",
        (Field("op_id", unique=True), Field("serial_number")),
        permissions=_OPEN,
    ),
    DocType("Secret Ledger", (Field("entry"),), permissions=_LOCKED),
)

DEMO_DOCTYPES: Final = (
    _TAG,
    _JOB_EQUIPMENT,
    _CHECKLIST,
    _LINE_CHECK,
    _MATERIAL,
    _ASSISTANT,
    _TECHNICIAN,
    DocType(
        "Customer",
        (
            Field("customer_name", reqd=True),
            select("language", "fr|en", "fr"),
            *many("Data", "mobile_no email_id"),
        ),
        autoname="format:CUST-{#####}",
        permissions=_OPEN,
    ),
    DocType(
        "Service Location",
        (
            Field("location_name", reqd=True),
            link("customer", "Customer"),
            *many("Data", "address_line city postal_code"),
            *many("Float", "latitude longitude"),
            *many("Data", "olt_name pon_port access_code"),
            Field("access_notes", "Text"),
        ),
        autoname="format:LOC-{#####}",
        permissions=_OPEN,
    ),
    _SUBSCRIPTION,
    DocType(
        "Service Equipment",
        (
            Field("serial_number", reqd=True, unique=True),
            select("equipment_type", "ONT|Router|Mesh|TV Box|Phone Adapter"),
            *many("Data", "brand model mac_address"),
            select("status", "In Stock|Installed|Returned|Defective", "In Stock"),
            link("service_location", "Service Location"),
            link("subscription", "Service Subscription"),
        ),
        autoname="format:EQP-{#####}",
        permissions=_OPEN,
    ),
    _job(
        STATUSES,
        (
            link("customer", "Customer"),
            Field("scheduled_end", "Time"),
            Field("status_reason"),
            link("parent_job", "Dispatch Job"),
            *many("Int", "step_order required_photos"),
            *many("Check", "billable"),
            table("assistants", "Dispatch Job Assistant"),
            table("checklist", "Dispatch Job Checklist"),
            select("terrain_activation", "|Demandée|Activée|Refusée"),
            table("terrain_checks", _LINE_CHECK.name),
            table("terrain_materials", _MATERIAL.name),
        ),
    ),
    _OPERATION,
)
