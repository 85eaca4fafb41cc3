# Three zones, nothing single that must not fail. domain_name and certificate_arn or zone_id are
# yours to add: production is refused without them.
environment = "production"
region      = "eu-central-1"

nat = "per_zone"

database_multi_az     = true
backup_retention_days = 35
has_firewall          = true
log_retention_days    = 90
