# The least that is complete: plain HTTP until it has a name, one host of each kind.
environment = "staging"
region      = "eu-central-1"

nat                 = "one"
interface_endpoints = []

api_min                  = 1
api_max                  = 2
api_instance_type        = "t3.small"
worker_min               = 1
worker_max               = 4
worker_instance_type     = "t3.small"
worker_spot              = true
monitoring_instance_type = "t3.small"
database_instance_class  = "db.t4g.micro"

monitoring_disk_gigabytes = 20
backup_retention_days     = 1
log_retention_days        = 7

deletion_protection = false
