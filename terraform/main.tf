# One complete environment. Which one, and how large, the variables say.

data "aws_availability_zones" "this" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

# Debian publishes its newest image here.
data "aws_ssm_parameter" "image" {
  count = var.image_id == null ? 1 : 0

  name = "/aws/service/debian/release/12/latest/amd64"
}

locals {
  name     = "${var.project}-${var.environment}"
  tags     = { Project = var.project, Environment = var.environment, ManagedBy = "terraform" }
  zones    = slice(data.aws_availability_zones.this.names, 0, 3)
  image_id = var.image_id == null ? data.aws_ssm_parameter.image[0].insecure_value : var.image_id
  port     = 8000
  # gunicorn gives requests 30 s; the rest is for hearing that the host is leaving.
  deregistration_seconds = 35
  host_name              = var.domain_name == null ? module.load_balancer.dns_name : var.domain_name


  # What the platform reads from its environment: platform/config/settings.py.
  settings = {
    ENVIRONMENT         = "production"
    AWS_REGION          = var.region
    PORT                = tostring(local.port)
    ALLOWED_HOSTS       = local.host_name
    HTTPS_ONLY          = tostring(local.is_tls)
    TRUSTED_PROXIES     = join(",", module.network.public_cidrs)
    INSIDE_NETWORKS     = "127.0.0.0/8,${var.vpc_cidr}"
    EVENTS_TABLE        = module.event_table.events_table
    PLATFORM_TABLE      = module.event_table.platform_table
    QUEUE_URL_PREFIX    = module.task_queue.url_prefix
    WORK_QUEUE          = module.task_queue.names["work"]
    DEAD_LETTER_QUEUE   = module.task_queue.names["dead_letter"]
    WORKER_EVENTS_QUEUE = module.task_queue.names["worker_events"]
    VISIBILITY_SECONDS  = tostring(var.visibility_seconds)
    STOP_SECONDS        = tostring(var.stop_seconds)
    RETENTION_DAYS      = tostring(var.retention_days)
    SHARDS              = tostring(var.shards)
  }
}

module "encryption" {
  source = "./modules/encryption"

  name = local.name
}

module "network" {
  source = "./modules/network"

  name                = local.name
  cidr                = var.vpc_cidr
  zones               = local.zones
  nat                 = var.nat
  interface_endpoints = var.interface_endpoints
  log_retention_days  = var.log_retention_days
  key_arn             = module.encryption.key_arn
}

module "storage" {
  source = "./modules/storage"

  name               = local.name
  key_arn            = module.encryption.key_arn
  log_retention_days = var.log_retention_days
  is_protected       = var.deletion_protection
}

module "event_table" {
  source = "./modules/event_table"

  is_protected = var.deletion_protection
  name         = local.name
  key_arn      = module.encryption.key_arn
}

module "task_queue" {
  source = "./modules/task_queue"

  name                = local.name
  key_arn             = module.encryption.key_arn
  visibility_seconds  = var.visibility_seconds
  largest_max_retries = var.largest_max_retries
}

module "database" {
  source = "./modules/database"

  name                  = local.name
  vpc_id                = module.network.vpc_id
  subnet_ids            = module.network.private_subnet_ids
  api_security_group_id = module.api.security_group_id
  instance_class        = var.database_instance_class
  is_multi_az           = var.database_multi_az
  backup_retention_days = var.backup_retention_days
  log_retention_days    = var.log_retention_days
  is_protected          = var.deletion_protection
  key_arn               = module.encryption.key_arn
}

module "configuration" {
  source = "./modules/configuration"

  name        = local.name
  environment = merge(var.platform_settings, local.settings)
  sources = {
    DATABASE_ADDRESS    = module.database.address
    DATABASE_SECRET_ARN = module.database.secret_arn
  }
  log_retention_days = var.log_retention_days
  is_protected       = var.deletion_protection
  key_arn            = module.encryption.key_arn
}

module "access" {
  source = "./modules/access"

  name                = local.name
  environment         = var.environment
  events_table_arn    = module.event_table.events_table_arn
  platform_table_arn  = module.event_table.platform_table_arn
  queue_arns          = module.task_queue.arns
  database_secret_arn = module.database.secret_arn
  secret_key_arn      = module.configuration.secret_key_arn
  release_bucket_arn  = module.storage.release_bucket_arn
  key_arn             = module.encryption.key_arn
  github_repository   = var.github_repository

  makes_github_provider = var.makes_github_provider
}
