"""Addresses of the pages that show progress."""

from __future__ import annotations

from django.urls import path

from progress.views import (
    calendar,
    certification,
    classes,
    home,
    my_classes,
    my_progress,
    teach,
    teach_assignments,
    teach_classes,
    teach_codes,
    teach_exceptions,
    teach_people,
    teach_roster,
    teach_sitting,
)

app_name = "progress"

urlpatterns = [
    path("", home.home, name="home"),
    path(
        "certifications/<slug:slug>/",
        certification.certification_detail,
        name="certification-detail",
    ),
    path("calendar/", calendar.calendar_address, name="calendar-address"),
    path("calendar/<slug:token>.ics", calendar.calendar_feed, name="calendar-feed"),
    path("classes/", my_classes.class_list, name="class-list"),
    path("classes/join/", my_classes.class_join, name="class-join"),
    path("classes/join/<str:code>/", my_classes.class_join_code, name="class-join-code"),
    path("classes/invitations/<str:token>/", my_classes.class_invitation, name="class-invitation"),
    path("classes/<slug:slug>/leave/", my_classes.class_leave, name="class-leave"),
    path("progress/", my_progress.my_progress, name="my-progress"),
    path("progress/<slug:slug>/", my_progress.my_progress_detail, name="my-progress-detail"),
    path("teach/", teach.teach, name="teach"),
    path("teach/classes/new/", teach_classes.class_new, name="class-new"),
    path("teach/classes/<slug:slug>/", classes.class_dashboard, name="class-dashboard"),
    path(
        "teach/classes/<slug:slug>/students/<uuid:public_id>/",
        classes.class_student,
        name="class-student",
    ),
    path("teach/classes/<slug:slug>/gradebook/", classes.class_gradebook, name="class-gradebook"),
    path(
        "teach/classes/<slug:slug>/gradebook.csv",
        classes.class_gradebook_file,
        name="class-gradebook-file",
    ),
    path(
        "teach/classes/<slug:slug>/assignments/<uuid:public_id>/",
        classes.class_assignment,
        name="class-assignment",
    ),
    path(
        "teach/classes/<slug:slug>/assignments/",
        classes.class_assignments,
        name="class-assignments",
    ),
    path("teach/classes/<slug:slug>/archive/", teach_classes.class_archive, name="class-archive"),
    path(
        "teach/classes/<slug:slug>/assignments/new/",
        teach_assignments.assignment_new,
        name="class-assignment-new",
    ),
    path(
        "teach/classes/<slug:slug>/assignments/<uuid:public_id>/edit/",
        teach_assignments.assignment_edit,
        name="class-assignment-edit",
    ),
    path(
        "teach/classes/<slug:slug>/assignments/<uuid:public_id>/withdraw/",
        teach_assignments.assignment_withdraw,
        name="class-assignment-withdraw",
    ),
    path(
        "teach/classes/<slug:slug>/assignments/<uuid:public_id>/terms/",
        teach_assignments.assignment_terms,
        name="class-assignment-terms",
    ),
    path(
        "teach/classes/<slug:slug>/assignments/<uuid:public_id>/exceptions/new/",
        teach_exceptions.exception_new,
        name="class-override-new",
    ),
    path(
        "teach/classes/<slug:slug>/assignments/<uuid:public_id>/exceptions/<uuid:exception_id>/",
        teach_exceptions.exception_edit,
        name="class-override-edit",
    ),
    path(
        "teach/classes/<slug:slug>/assignments/<uuid:public_id>/exceptions/<uuid:exception_id>"
        "/move/",
        teach_exceptions.exception_move,
        name="class-override-move",
    ),
    path(
        "teach/classes/<slug:slug>/assignments/<uuid:public_id>/exceptions/<uuid:exception_id>"
        "/remove/",
        teach_exceptions.exception_remove,
        name="class-override-remove",
    ),
    path("teach/classes/<slug:slug>/codes/", teach_codes.class_codes, name="class-codes"),
    path(
        "teach/classes/<slug:slug>/codes/<uuid:public_id>/revoke/",
        teach_codes.class_code_revoke,
        name="class-code-revoke",
    ),
    path("teach/classes/<slug:slug>/copy/", teach_classes.class_copy, name="class-copy"),
    path("teach/classes/<slug:slug>/labels/", teach_codes.class_labels_page, name="class-labels"),
    path("teach/classes/<slug:slug>/people/", teach_people.class_people, name="class-people"),
    path(
        "teach/classes/<slug:slug>/people/invite/",
        teach_people.class_invite,
        name="class-invite",
    ),
    path(
        "teach/classes/<slug:slug>/people/invitations/<uuid:public_id>/",
        teach_people.class_invitation_change,
        name="class-invitation-change",
    ),
    path(
        "teach/classes/<slug:slug>/people/<uuid:public_id>/",
        teach_people.class_member,
        name="class-member",
    ),
    path(
        "teach/classes/<slug:slug>/people/<uuid:public_id>/remove/",
        teach_people.class_member_remove,
        name="class-member-remove",
    ),
    path("teach/classes/<slug:slug>/restore/", teach_classes.class_restore, name="class-restore"),
    path("teach/classes/<slug:slug>/roster/", teach_roster.class_roster, name="class-roster"),
    path(
        "teach/classes/<slug:slug>/roster/template.csv",
        teach_roster.class_roster_template,
        name="class-roster-template",
    ),
    path(
        "teach/classes/<slug:slug>/sittings/<uuid:public_id>/",
        teach_sitting.class_sitting,
        name="class-sitting",
    ),
    path(
        "teach/classes/<slug:slug>/sittings/<uuid:public_id>/grant/",
        teach_sitting.class_sitting_grant,
        name="class-sitting-grant",
    ),
    path(
        "teach/classes/<slug:slug>/sittings/<uuid:public_id>/late/",
        teach_sitting.class_sitting_decide,
        name="class-sitting-decide",
    ),
    path(
        "teach/classes/<slug:slug>/settings/",
        teach_classes.class_settings,
        name="class-settings",
    ),
]
