"""What states and acts of passes are called on screens and in exports, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.kinds import PassState
from gatekeeper.kinds_office import Act, Employment, Renewal, ValidityRule
from gatekeeper.web.forms import say

__all__ = [
    "ABNORMAL",
    "act_done",
    "act_todo",
    "employment_word",
    "renewal_word",
    "rule_word",
    "state_word",
]

_Words = tuple[str, str]
"""Thai, English."""

_STATES: Mapping[PassState, _Words] = {
    PassState.REQUESTED: ("รอตรวจสอบ", "To be checked"),
    PassState.CHECKED: ("รออนุมัติ", "To be approved"),
    PassState.APPROVED: ("รอจัดทำ", "To be made"),
    PassState.MADE: ("จัดทำแล้ว รอส่งมอบ", "Made, to be handed over"),
    PassState.HANDED_OVER: ("ส่งมอบแล้ว รอเปิดใช้", "Handed over, not in force"),
    PassState.ACTIVE: ("ใช้งานอยู่", "In force"),
    PassState.EXPIRED: ("หมดอายุ", "Expired"),
    PassState.SUSPENDED: ("ถูกระงับ", "Suspended"),
    PassState.REVOKED: ("ถูกยกเลิก", "Revoked"),
    PassState.LOST: ("แจ้งหาย", "Lost"),
    PassState.RETURNED: ("คืนแล้ว", "Returned"),
    PassState.REFUSED: ("ไม่อนุมัติ", "Refused"),
}

ABNORMAL = frozenset({PassState.SUSPENDED, PassState.REVOKED, PassState.LOST})
"""States that are shown in colour; all others are the ordinary course."""

_TODO: Mapping[Act, _Words] = {
    Act.REQUEST: ("ขอออกบัตร", "Ask for it"),
    Act.CHECK: ("ตรวจสอบแล้ว ถูกต้อง", "Checked, in order"),
    Act.APPROVE: ("อนุมัติ", "Approve"),
    Act.REFUSE: ("ไม่อนุมัติ", "Refuse"),
    Act.MAKE: ("จัดทำบัตรเสร็จแล้ว", "The badge is made"),
    Act.HAND_OVER: ("ส่งมอบให้ผู้ถือบัตร", "Hand it over"),
    Act.ACTIVATE: ("เปิดใช้งาน", "Put it in force"),
    Act.SUSPEND: ("ระงับใช้ชั่วคราว", "Suspend"),
    Act.RESUME: ("เปิดใช้งานต่อ", "Let it be used again"),
    Act.REPORT_LOST: ("แจ้งบัตรหาย", "Report it lost"),
    Act.REVOKE: ("ยกเลิกบัตร", "Revoke"),
    Act.TAKE_BACK: ("รับคืนบัตร", "Take it back"),
    Act.EXPIRE: ("สิ้นสุดการใช้งาน", "End it now"),
    Act.RENEW: ("ต่ออายุ", "Renew"),
    Act.REISSUE: ("ออกใบแทน", "Issue it anew"),
    Act.LEND: ("ให้ยืมบัตร", "Lend"),
    Act.BIND: ("ผูกแท็ก", "Bind a tag"),
    Act.UNDO: ("ยกเลิกรายการหมู่", "Take a bulk act back"),
    Act.TAKE_OVER: ("รับโอนบัตรเดิม", "Take over from another system"),
}

_DONE: Mapping[Act, _Words] = {
    Act.REQUEST: ("ขอออกบัตร", "Asked for"),
    Act.CHECK: ("ตรวจสอบ", "Checked"),
    Act.APPROVE: ("อนุมัติ", "Approved"),
    Act.REFUSE: ("ไม่อนุมัติ", "Refused"),
    Act.MAKE: ("จัดทำบัตร", "Made"),
    Act.HAND_OVER: ("ส่งมอบ", "Handed over"),
    Act.ACTIVATE: ("เปิดใช้งาน", "Put in force"),
    Act.SUSPEND: ("ระงับใช้", "Suspended"),
    Act.RESUME: ("เปิดใช้งานต่อ", "Let be used again"),
    Act.REPORT_LOST: ("แจ้งหาย", "Reported lost"),
    Act.REVOKE: ("ยกเลิก", "Revoked"),
    Act.TAKE_BACK: ("รับคืน", "Taken back"),
    Act.EXPIRE: ("สิ้นสุดการใช้งาน", "Expired"),
    Act.RENEW: ("ต่ออายุ", "Renewed"),
    Act.REISSUE: ("ออกใบแทน", "Issued anew"),
    Act.LEND: ("ให้ยืม", "Lent"),
    Act.BIND: ("ผูกแท็ก", "Tag bound"),
    Act.UNDO: ("คืนสภาพเดิม (ยกเลิกรายการหมู่)", "Made what it was (bulk act taken back)"),
    Act.TAKE_OVER: ("รับโอนบัตรที่ใช้อยู่เดิมจากระบบอื่น", "Taken over, in force, from another system"),
}

_RENEWALS: Mapping[Renewal, _Words] = {
    Renewal.NONE: ("", ""),
    Renewal.REQUESTED: ("ขอต่ออายุ รอตรวจสอบ", "Renewal to be checked"),
    Renewal.CHECKED: ("ขอต่ออายุ รออนุมัติ", "Renewal to be approved"),
}

_EMPLOYMENT: Mapping[Employment, _Words] = {
    Employment.OFFICIAL: ("ข้าราชการ", "Official"),
    Employment.GOVERNMENT_EMPLOYEE: ("พนักงานราชการ", "Government employee"),
    Employment.PERMANENT_EMPLOYEE: ("ลูกจ้างประจำ", "Permanent employee"),
    Employment.TEMPORARY_EMPLOYEE: ("ลูกจ้างชั่วคราว", "Temporary employee"),
    Employment.POLITICAL: ("ข้าราชการการเมือง", "Political official"),
    Employment.CONTRACTOR: ("ผู้รับจ้าง", "Contractor"),
    Employment.INTERN: ("นักศึกษาฝึกงาน", "Intern"),
    Employment.PRESS: ("สื่อมวลชน", "Press"),
    Employment.OTHER: ("อื่น ๆ", "Other"),
}

_RULES: Mapping[ValidityRule, _Words] = {
    ValidityRule.DAYS: ("ตามจำนวนวัน", "So many days"),
    ValidityRule.FISCAL_YEAR: ("สิ้นปีงบประมาณ (30 กันยายน)", "End of the fiscal year"),
    ValidityRule.CALENDAR_YEAR: ("สิ้นปีปฏิทิน", "End of the calendar year"),
    ValidityRule.SAME_DAY: ("ภายในวันเดียว", "The same day"),
    ValidityRule.AS_REQUESTED: ("ตามคำขอ ไม่เกินจำนวนวัน", "As requested, at most so many days"),
    ValidityRule.OPEN_END: ("ไม่มีกำหนด จนกว่าจะพ้นตำแหน่ง", "Open end, until taken back"),
}


def state_word(state: PassState) -> str:
    """How a pass stands."""
    return say(*_STATES[state])


def act_todo(act: Act) -> str:
    """What a button says."""
    return say(*_TODO[act])


def act_done(act: Act) -> str:
    """What a history says."""
    return say(*_DONE[act])


def renewal_word(renewal: Renewal) -> str:
    """How a renewal stands; empty where there is none."""
    return say(*_RENEWALS[renewal])


def employment_word(employment: Employment) -> str:
    """How somebody is employed."""
    return say(*_EMPLOYMENT[employment])


def rule_word(rule: ValidityRule) -> str:
    """How long a class's passes are valid."""
    return say(*_RULES[rule])
