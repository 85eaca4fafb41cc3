# What runs on hosts, what stands before them, and what watches over them.

module "load_balancer" {
  source = "./modules/load_balancer"

  name                   = local.name
  vpc_id                 = module.network.vpc_id
  vpc_cidr               = var.vpc_cidr
  subnet_ids             = module.network.public_subnet_ids
  port                   = local.port
  is_tls                 = local.is_tls
  certificate_arn        = local.certificate_arn
  client_networks        = var.client_networks
  admin_networks         = var.admin_networks
  monitoring_domain_name = var.monitoring_domain_name
  deregistration_seconds = local.deregistration_seconds
  has_firewall           = var.has_firewall
  log_bucket             = module.storage.log_bucket
  is_protected           = var.deletion_protection
}

module "api" {
  source = "./modules/api"

  name                 = local.name
  tags                 = local.tags
  vpc_id               = module.network.vpc_id
  vpc_cidr             = var.vpc_cidr
  subnet_ids           = module.network.private_subnet_ids
  image_id             = local.image_id
  instance_type        = var.api_instance_type
  instance_profile_arn = module.access.instance_profile_arns["api"]
  release_bucket       = module.storage.release_bucket
  key_arn              = module.encryption.key_arn

  min_size                        = var.api_min
  max_size                        = var.api_max
  port                            = local.port
  requests_per_minute             = var.api_requests_per_minute
  cpu_percent                     = var.api_cpu_percent
  load_balancer_security_group_id = module.load_balancer.security_group_id
  monitoring_security_group_id    = module.monitoring_host.security_group_id
  target_group_arn                = module.load_balancer.target_group_arn
  resource_label                  = "${module.load_balancer.suffix}/${module.load_balancer.target_group_suffix}"
}

module "worker" {
  source = "./modules/worker"

  name                 = local.name
  tags                 = local.tags
  vpc_id               = module.network.vpc_id
  vpc_cidr             = var.vpc_cidr
  subnet_ids           = module.network.private_subnet_ids
  image_id             = local.image_id
  instance_type        = var.worker_instance_type
  instance_profile_arn = module.access.instance_profile_arns["worker"]
  release_bucket       = module.storage.release_bucket
  key_arn              = module.encryption.key_arn

  min_size                     = var.worker_min
  max_size                     = var.worker_max
  queue_name                   = module.task_queue.names["work"]
  events_per_second            = var.worker_events_per_second
  wait_seconds                 = var.worker_wait_seconds
  stop_seconds                 = var.stop_seconds
  is_spot                      = var.worker_spot
  spot_instance_types          = var.worker_spot_instance_types
  monitoring_security_group_id = module.monitoring_host.security_group_id
}

module "monitoring_host" {
  source = "./modules/monitoring_host"

  name                 = local.name
  tags                 = local.tags
  vpc_id               = module.network.vpc_id
  vpc_cidr             = var.vpc_cidr
  zone                 = local.zones[0]
  subnet_ids           = slice(module.network.private_subnet_ids, 0, 1)
  image_id             = local.image_id
  instance_type        = var.monitoring_instance_type
  disk_gigabytes       = var.monitoring_disk_gigabytes
  instance_profile_arn = module.access.instance_profile_arns["monitoring"]
  release_bucket       = module.storage.release_bucket
  key_arn              = module.encryption.key_arn

  has_door                        = var.monitoring_domain_name != null
  load_balancer_security_group_id = module.load_balancer.security_group_id
  target_group_arn                = module.load_balancer.monitoring_target_group_arn
}

module "alarms" {
  source = "./modules/alarms"

  name                 = local.name
  email                = var.alarm_email
  queue_names          = module.task_queue.names
  table_names          = [module.event_table.events_table, module.event_table.platform_table]
  database_id          = module.database.id
  load_balancer_suffix = module.load_balancer.suffix
  target_group_suffix  = module.load_balancer.target_group_suffix
  wait_seconds         = 10 * var.worker_wait_seconds
  key_arn              = module.encryption.key_arn
  group_minimums = {
    (module.api.group_name)             = var.api_min
    (module.worker.group_name)          = var.worker_min
    (module.monitoring_host.group_name) = 1
  }
}
