"""Settings of the staff's place, the admin, that are the same everywhere."""

ADMIN_MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    # The last, so that what it refuses gets all the rest.
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# A working day; whoever is away longer signs in again.
SESSION_COOKIE_AGE = 43_200
CSRF_COOKIE_HTTPONLY = True
# Nothing but the platform's own files, and nothing inline: no payload can bring a script.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "img-src": ["'self'", "data:"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
AXES_HANDLER = "config.staff_lockout.StaffLockout"
# The handler has its own patience with each.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "username", "ip_address"]
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_CLIENT_IP_CALLABLE = "config.admin_app.find_client_address_of"
AXES_VERBOSE = AXES_ENABLE_ADMIN = False
OTP_TOTP_ISSUER = "Event platform"
OTP_ADMIN_HIDE_SENSITIVE_DATA = True
