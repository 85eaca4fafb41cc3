variable "vpc_cidr" {
  description = "The addresses of the network; each subnet gets a sixteenth."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && try(tonumber(split("/", var.vpc_cidr)[1]) >= 16 && tonumber(split("/", var.vpc_cidr)[1]) <= 20, false)
    error_message = "vpc_cidr must be an IPv4 network from /16 to /20, such as 10.40.0.0/16: a smaller one has no room for three zones of hosts and endpoints."
  }

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && try(cidrhost(var.vpc_cidr, 0) == split("/", var.vpc_cidr)[0], false)
    error_message = "vpc_cidr must name the first address of its network, as 10.40.0.0/16 does."
  }
}

variable "nat" {
  description = "NAT gateways: none, one for all zones, or per_zone. With none, packages of Debian and PyPI need mirrors of yours that image_id is set up for."
  type        = string
  default     = "one"

  validation {
    condition     = contains(["none", "one", "per_zone"], var.nat)
    error_message = "nat must be none, one or per_zone."
  }

  validation {
    condition     = var.nat != "none" || length(setsubtract(["autoscaling", "ec2", "ec2messages", "kms", "logs", "secretsmanager", "sqs", "ssm", "ssmmessages"], var.interface_endpoints)) == 0
    error_message = "nat = none leaves hosts nothing but endpoints: interface_endpoints must then hold autoscaling, ec2, ec2messages, kms, logs, secretsmanager, sqs, ssm and ssmmessages."
  }
}

variable "interface_endpoints" {
  description = "AWS services that hosts reach inside the network; each costs by the hour in each zone."
  type        = set(string)
  default     = ["logs", "sqs", "ssm", "ssmmessages", "ec2messages"]

  validation {
    condition     = alltrue([for name in var.interface_endpoints : can(regex("^[a-z0-9.-]+$", name))])
    error_message = "interface_endpoints must be short names of AWS services, such as sqs and ssm."
  }
}

variable "client_networks" {
  description = "Who may reach the load balancer at all."
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = length(var.client_networks) > 0 && alltrue([for network in var.client_networks : can(cidrnetmask(network))])
    error_message = "client_networks must be one IPv4 network or more, such as 0.0.0.0/0 or 203.0.113.0/24."
  }
}

variable "admin_networks" {
  description = "Who may reach the admin and Grafana besides; nobody if empty."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.admin_networks) <= 3 && alltrue([for network in var.admin_networks : can(cidrnetmask(network))])
    error_message = "admin_networks must be at most three IPv4 networks, such as 203.0.113.0/24: a rule of the load balancer takes no more."
  }

  validation {
    condition     = !contains(var.admin_networks, "0.0.0.0/0")
    error_message = "admin_networks must not be everybody."
  }
}

variable "domain_name" {
  description = "The host name of the API; null for the load balancer's own."
  type        = string
  default     = null

  validation {
    condition     = var.domain_name == null || can(regex("^([a-z0-9-]+[.])+[a-z]{2,}$", var.domain_name))
    error_message = "domain_name must be a host name in lower case, such as events.example.com."
  }

  validation {
    condition     = var.environment != "production" || var.domain_name != null
    error_message = "production needs domain_name: a certificate is for a name."
  }
}

variable "zone_id" {
  description = "The Route 53 zone of domain_name, where Terraform makes names and certificate; null if you do."
  type        = string
  default     = null

  validation {
    condition     = var.zone_id == null || can(regex("^[A-Z0-9]{10,32}$", var.zone_id))
    error_message = "zone_id must be the id of a Route 53 zone, such as Z0123456789ABCDEFGHIJ."
  }

  validation {
    condition     = var.zone_id == null || var.domain_name != null
    error_message = "zone_id needs domain_name: the name to make in that zone."
  }
}

variable "certificate_arn" {
  description = "A certificate for domain_name in ACM; null if Terraform makes it in zone_id."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:aws:acm:[a-z0-9-]+:[0-9]{12}:certificate/.+$", var.certificate_arn))
    error_message = "certificate_arn must be the ARN of a certificate in ACM."
  }

  validation {
    condition     = var.certificate_arn == null || try(split(":", var.certificate_arn)[3] == var.region, true)
    error_message = "certificate_arn must be of the environment's own region."
  }

  validation {
    condition     = var.certificate_arn == null || var.domain_name != null
    error_message = "certificate_arn needs domain_name: the name that the certificate is for."
  }

  validation {
    condition     = var.environment != "production" || var.certificate_arn != null || var.zone_id != null
    error_message = "production needs a certificate: set certificate_arn, or zone_id to have one made."
  }
}

variable "monitoring_domain_name" {
  description = "The host name of Grafana; null leaves it to Session Manager."
  type        = string
  default     = null

  validation {
    condition     = var.monitoring_domain_name == null || can(regex("^([a-z0-9-]+[.])+[a-z]{2,}$", var.monitoring_domain_name))
    error_message = "monitoring_domain_name must be a host name in lower case, such as grafana.example.com."
  }

  validation {
    condition     = var.monitoring_domain_name == null || length(var.admin_networks) > 0
    error_message = "monitoring_domain_name needs admin_networks: Grafana is open to those only."
  }

  validation {
    condition     = var.monitoring_domain_name == null || var.certificate_arn != null || var.zone_id != null
    error_message = "monitoring_domain_name needs a certificate: Grafana is shown by TLS only. Set certificate_arn or zone_id."
  }
}

variable "has_firewall" {
  description = "Whether AWS WAF's managed rules stand before the API."
  type        = bool
  default     = false
}
