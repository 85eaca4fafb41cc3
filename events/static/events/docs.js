// Shows the API's own description; nothing is fetched from anywhere else.
const page = document.querySelector("#api");

window.SwaggerUIBundle({
  domNode: page,
  url: page.dataset.schema,
  deepLinking: true,
  tryItOutEnabled: true,
  // It would send the description to a validator on the internet.
  validatorUrl: null,
});
