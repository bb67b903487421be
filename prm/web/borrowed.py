"""Texts of Django and of the accounts library that people meet here: our catalogue sets them in our French."""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

BORROWED = (
    # Signing in and out.
    _("The email address and/or password you specified are not correct."),
    _("Too many failed login attempts. Try again later."),
    _("This account is currently inactive."),
    _("A user is already registered with this email address."),
    _("This email address is already associated with this account."),
    _("You must type the same password each time."),
    _("Please type your current password."),
    _("The password reset token was invalid."),
    _("Incorrect code."),
    _("Incorrect password."),
    _("You cannot remove your last remaining email address."),
    # Labels of those forms.
    _("Email"),
    _("Email address"),
    _("Password"),
    _("Password (again)"),
    _("Current Password"),
    _("New Password"),
    _("New Password (again)"),
    _("Remember Me"),
    _("Authenticator code"),
    _("Code"),
    _("Be patient, you are sending too many requests."),
    _("The new value must be different from the current one."),
    _("Your primary email address must be verified."),
    _("Use your password"),
    _("Use authenticator app or code"),
    # Rules of passwords.
    _("This password is too common."),
    _("This password is entirely numeric."),
    _("The password is too similar to the %(verbose_name)s."),
    ngettext_lazy(
        "This password is too short. It must contain at least %(min_length)d character.",
        "This password is too short. It must contain at least %(min_length)d characters.",
        "min_length",
    ),
    # What forms say.
    _("This field is required."),
    _("Enter a valid value."),
    _("Enter a valid email address."),
    _("Enter a valid date."),
    _("Enter a whole number."),
    _("Enter a number."),
    _("No file was submitted."),
    _("The submitted file is empty."),
    _("Select a valid choice. %(value)s is not one of the available choices."),
    _("Select a valid choice. That choice is not one of the available choices."),
    _("Ensure this value is less than or equal to %(limit_value)s."),
    _("Ensure this value is greater than or equal to %(limit_value)s."),
)
