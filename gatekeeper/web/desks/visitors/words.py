"""What the visitor desk's choices are called, Thai and English; screens and records use them."""

from __future__ import annotations

from gatekeeper.kinds_office import DocumentKind, VisitPurpose, VisitState

__all__ = ["DOCUMENTS", "PURPOSES", "STATES"]

PURPOSES = {
    VisitPurpose.DELIVERY: ("ส่งเอกสาร/สิ่งของ", "Delivery"),
    VisitPurpose.MEETING: ("ประชุม", "Meeting"),
    VisitPurpose.CONTRACTOR: ("ผู้รับจ้าง", "Contractor"),
    VisitPurpose.APPOINTMENT: ("นัดหมาย", "Appointment"),
    VisitPurpose.PETITION: ("ยื่นเรื่องร้องเรียน", "Petition"),
    VisitPurpose.COURTESY_CALL: ("เข้าเยี่ยมคารวะ", "Courtesy call"),
    VisitPurpose.STUDY_VISIT: ("ศึกษาดูงาน", "Study visit"),
    VisitPurpose.PRESS: ("สื่อมวลชน", "Press"),
    VisitPurpose.OTHER: ("อื่น ๆ", "Other"),
}
DOCUMENTS = {
    DocumentKind.NATIONAL_ID: ("บัตรประชาชน", "National ID"),
    DocumentKind.PASSPORT: ("หนังสือเดินทาง", "Passport"),
    DocumentKind.DRIVING_LICENCE: ("ใบขับขี่", "Driving licence"),
    DocumentKind.OFFICIAL_CARD: ("บัตรเจ้าหน้าที่ของรัฐ", "Official's card"),
}
STATES = {
    VisitState.EXPECTED: ("รอแลกบัตร", "Expected"),
    VisitState.OPEN: ("ยังไม่คืนบัตร", "Card out"),
    VisitState.CLOSED: ("คืนบัตรแล้ว", "Returned"),
    VisitState.LOST: ("บัตรหาย", "Card lost"),
    VisitState.CANCELLED: ("ยกเลิก", "Cancelled"),
}
