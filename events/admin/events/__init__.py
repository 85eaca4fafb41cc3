"""Events in the admin: their list, their pages and what may be done with them."""

from events.admin.events import model_admin as model_admin
