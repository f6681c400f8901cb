// Puts the error responses of an operation behind one line, and each of them behind another. Together they are several screens high.
const FoldErrors = {
  wrapComponents: {
    responses: (Responses, { React }) => {
      const element = React.createElement;

      // The content is created when it is first shown.
      function Folded({ summary, children }) {
        const [isOpen, setOpen] = React.useState(false);
        const onToggle = (event) => event.target === event.currentTarget && setOpen(event.target.open);
        return element("details", { className: "folded", onToggle }, element("summary", null, summary), isOpen && children());
      }

      return function FoldedResponses(props) {
        const isError = (_, code) => /^[45]/.test(code);
        const errors = props.responses.filter(isError);
        const findCodes = (response) => response.getIn(["content", "application/problem+json", "examples"])?.keySeq().join(", ");
        const showError = (response, code) =>
          element(Folded, { key: code, summary: `${code} ${findCodes(response)}` }, () =>
            element(Responses, { ...props, responses: errors.filter((_, other) => other === code), tryItOutResponse: null }));
        return element(
          React.Fragment,
          null,
          element(Responses, { ...props, responses: props.responses.filterNot(isError) }),
          element(Folded, { summary: `Errors: ${errors.keySeq().join(", ")}` }, () => errors.map(showError).valueSeq().toArray()),
        );
      };
    },
  },
};

SwaggerUIBundle({
  url: "v2/swagger.json",
  dom_id: "#swagger-ui",
  plugins: [FoldErrors],
  deepLinking: true,
  persistAuthorization: true,
  displayRequestDuration: true,
  showCommonExtensions: true,
  validatorUrl: null,
});
