# The certificate and the names in DNS, where Terraform is to make them.

locals {
  makes_names     = var.zone_id != null && var.domain_name != null
  names           = local.makes_names ? compact([var.domain_name, var.monitoring_domain_name]) : []
  certificate_arn = local.makes_names && var.certificate_arn == null ? aws_acm_certificate_validation.this[0].certificate_arn : var.certificate_arn
  is_tls          = local.makes_names || var.certificate_arn != null
  makes_tls       = local.makes_names && var.certificate_arn == null
}

resource "aws_acm_certificate" "this" {
  count = local.makes_tls ? 1 : 0

  domain_name               = var.domain_name
  subject_alternative_names = compact([var.monitoring_domain_name])
  validation_method         = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "proof" {
  for_each = local.makes_tls ? toset(local.names) : []

  zone_id         = var.zone_id
  allow_overwrite = true
  name            = one([for option in aws_acm_certificate.this[0].domain_validation_options : option.resource_record_name if option.domain_name == each.key])
  type            = one([for option in aws_acm_certificate.this[0].domain_validation_options : option.resource_record_type if option.domain_name == each.key])
  records         = [for option in aws_acm_certificate.this[0].domain_validation_options : option.resource_record_value if option.domain_name == each.key]
  ttl             = 300
}

resource "aws_acm_certificate_validation" "this" {
  count = local.makes_tls ? 1 : 0

  certificate_arn         = aws_acm_certificate.this[0].arn
  validation_record_fqdns = [for record in aws_route53_record.proof : record.fqdn]
}

resource "aws_route53_record" "this" {
  for_each = toset(local.names)

  zone_id = var.zone_id
  name    = each.key
  type    = "A"

  alias {
    name                   = module.load_balancer.dns_name
    zone_id                = module.load_balancer.zone_id
    evaluate_target_health = true
  }
}
