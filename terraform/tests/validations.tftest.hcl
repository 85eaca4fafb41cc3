# Each wrong variable is refused before anything is planned. A run refuses many at once, since it
# takes seconds to start; a variable with several rules is in several runs, and so is one
# whose rule looks at another.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment = "staging"
  region      = "eu-central-1"
  image_id    = "ami-0123456789abcdef0"
}

run "it_refuses_wrong_variables_1" {
  command = plan

  variables {
    api_min                    = 3
    api_max                    = 2
    worker_min                 = 5
    worker_max                 = 4
    nat                        = "none"
    worker_spot                = true
    worker_spot_instance_types = ["c5.large"]
    project                    = "Events!"
    environment                = "qa"
    region                     = "Frankfurt"
    image_id                   = "debian"
    github_repository          = "example/*"
    alarm_email                = "nobody"
    log_retention_days         = 31
    vpc_cidr                   = "10.40.0.0/21"
    client_networks            = []
    api_instance_type          = "large"
    api_requests_per_minute    = 0
    api_cpu_percent            = 100
    worker_instance_type       = "c6i"
    worker_events_per_second   = 0
    worker_wait_seconds        = 1
    monitoring_instance_type   = ""
    monitoring_disk_gigabytes  = 1
    visibility_seconds         = 18
    largest_max_retries        = 327
    stop_seconds               = 901
    retention_days             = 0
    shards                     = 257
    platform_settings          = { handler_modules = "orders" }
    database_instance_class    = "t4g.small"
  }

  expect_failures = [
    var.api_max,
    var.worker_max,
    var.nat,
    var.worker_spot_instance_types,
    var.project,
    var.environment,
    var.region,
    var.image_id,
    var.github_repository,
    var.alarm_email,
    var.log_retention_days,
    var.vpc_cidr,
    var.client_networks,
    var.api_instance_type,
    var.api_requests_per_minute,
    var.api_cpu_percent,
    var.worker_instance_type,
    var.worker_events_per_second,
    var.worker_wait_seconds,
    var.monitoring_instance_type,
    var.monitoring_disk_gigabytes,
    var.visibility_seconds,
    var.largest_max_retries,
    var.stop_seconds,
    var.retention_days,
    var.shards,
    var.platform_settings,
    var.database_instance_class,
  ]
}

run "it_refuses_wrong_variables_2" {
  command = plan

  variables {
    nat                   = "two"
    admin_networks        = ["0.0.0.0/0"]
    domain_name           = "Events"
    api_min               = 0
    worker_min            = 0
    backup_retention_days = 36
    vpc_cidr              = "10.0.0.0/8"
    client_networks       = ["anywhere"]
    platform_settings     = { DATABASE_URL = "sqlite" }
  }

  expect_failures = [
    var.nat,
    var.admin_networks,
    var.domain_name,
    var.api_min,
    var.worker_min,
    var.backup_retention_days,
    var.vpc_cidr,
    var.client_networks,
    var.platform_settings,
  ]
}

run "it_refuses_wrong_variables_3" {
  command = plan

  variables {
    interface_endpoints = ["com amazonaws sqs"]
    zone_id             = "example.com"
    api_max             = 11
    worker_max          = 21
    admin_networks      = ["192.0.2.0/26", "192.0.2.64/26", "192.0.2.128/26", "192.0.2.192/26"]
    vpc_cidr            = "10.40.1.0/16"
  }

  expect_failures = [
    var.interface_endpoints,
    var.zone_id,
    var.api_max,
    var.worker_max,
    var.admin_networks,
    var.vpc_cidr,
  ]
}

run "it_refuses_wrong_variables_4" {
  command = plan

  variables {
    worker_min      = 1.5
    vpc_cidr        = "ten"
    certificate_arn = "certificate"
  }

  expect_failures = [
    var.worker_min,
    var.vpc_cidr,
    var.certificate_arn,
  ]
}

run "it_refuses_a_zone_without_a_name" {
  command = plan

  variables {
    zone_id = "Z0123456789ABCDEFGHIJ"
  }

  expect_failures = [
    var.zone_id,
  ]
}

run "it_refuses_a_certificate_without_a_name" {
  command = plan

  variables {
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
  }

  expect_failures = [
    var.certificate_arn,
  ]
}

run "it_refuses_a_certificate_of_another_region" {
  command = plan

  variables {
    domain_name     = "events.example.com"
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
  }

  expect_failures = [
    var.certificate_arn,
  ]
}

run "it_refuses_grafana_for_nobody" {
  command = plan

  variables {
    domain_name            = "events.example.com"
    zone_id                = "Z0123456789ABCDEFGHIJ"
    monitoring_domain_name = "grafana.example.com"
  }

  expect_failures = [
    var.monitoring_domain_name,
  ]
}

run "it_refuses_grafana_without_tls" {
  command = plan

  variables {
    monitoring_domain_name = "grafana.example.com"
    admin_networks         = ["203.0.113.0/24"]
  }

  expect_failures = [
    var.monitoring_domain_name,
  ]
}

run "it_refuses_production_without_domain_name" {
  command = plan

  variables {
    environment     = "production"
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
  }

  expect_failures = [
    var.domain_name,
  ]
}

run "it_refuses_production_without_certificate" {
  command = plan

  variables {
    environment = "production"
    domain_name = "events.example.com"
  }

  expect_failures = [
    var.certificate_arn,
  ]
}

run "it_refuses_production_with_few_backups" {
  command = plan

  variables {
    environment           = "production"
    domain_name           = "events.example.com"
    certificate_arn       = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
    backup_retention_days = 6
  }

  expect_failures = [
    var.backup_retention_days,
  ]
}

run "it_refuses_a_setting_that_is_its_own" {
  command = plan

  variables {
    platform_settings = { STOP_SECONDS = "60" }
  }

  expect_failures = [
    output.settings,
  ]
}
