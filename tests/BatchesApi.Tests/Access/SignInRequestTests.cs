using System.Text;
using BatchesApi.Access;
using BatchesApi.Http;

namespace BatchesApi.Tests.Access;

public sealed class SignInRequestTests
{
    [Theory]
    [InlineData("""{"email":"amy@example.com","password":"x"}""", "x")]
    [InlineData("\t{ \"password\" : \" x \\u00e9\\n\" , \"email\" : \"amy@example.com\" }\n", " x é\n")]
    [InlineData("""{"email":"amy@example.com","password":"\ud83d\ude00"}""", "😀")]
    [InlineData("\uFEFF{\"email\":\"amy@example.com\",\"password\":\"x\"}", "x")]
    public void JSON_is_parsed(string json, string password) => Assert.Equal(("amy@example.com", password), Good(json, BodyFormat.Json));

    [Theory]
    [InlineData("email=amy%40example.com&password=x", "x")]
    [InlineData("password=a+b%2Bc%26%C3%A9&email=amy@example.com", "a b+c&é")]

    // Quoted values, as in the form lines of the reference. Only a JSON string is decoded.
    [InlineData("email=\"amy@example.com\"&password=\"x\"", "x")]
    [InlineData("email=amy@example.com&password=\"\\u00e9\"", "é")]
    [InlineData("email=amy@example.com&password=\"", "\"")]
    [InlineData("email=amy@example.com&password=\"x", "\"x")]
    [InlineData("email=amy@example.com&password=\"x\"y\"", "\"x\"y\"")]
    [InlineData("email=amy@example.com&password=\"\\ud800\"", "\"\\ud800\"")]

    // JSON without its media type, as curl sends it.
    [InlineData("""{"email":"amy@example.com","password":"x"}""", "x")]
    [InlineData(" \n{\"email\":\"amy@example.com\",\"password\":\"x\"}", "x")]
    [InlineData("\uFEFF{\"email\":\"amy@example.com\",\"password\":\"x\"}", "x")]
    public void A_form_is_parsed(string form, string password) => Assert.Equal(("amy@example.com", password), Good(form, BodyFormat.Form));

    [Theory]
    [InlineData("email=amy%40example.com&password=x")]
    [InlineData(" \npassword=x&email=\"amy@example.com\"\n")]
    public void A_form_that_is_labelled_as_JSON_is_parsed(string form) =>
        Assert.Equal(("amy@example.com", "x"), Good(form, BodyFormat.Json));

    [Theory]
    [InlineData("""{"data":{"email":"a@b.c","password":"x"}}""", "data")]
    [InlineData("""{"user":{"email":"a@b.c","password":"x"}}""", "user")]
    public void A_wrapped_sign_in_is_recognized(string json, string wrapper)
    {
        var problem = Read(json, BodyFormat.Json).Problem!;

        Assert.Equal([$"{wrapper} must not wrap the sign-in: send its members alone."], problem.Errors!.Lines());
        Assert.Equal(
            $"The body wraps the sign-in in '{wrapper}'. Send its members alone, as in "
            + """{"email":"amy@example.com","password":"…"}.""",
            problem.Detail);
    }

    [Theory]
    [InlineData("username", "email")]
    [InlineData("login", "email")]
    [InlineData("user", "email")]
    [InlineData("mail", "email")]
    [InlineData("pwd", "password")]
    [InlineData("pass", "password")]
    [InlineData("Passwd", "password")]
    public void Names_of_other_APIs_get_a_pointer(string name, string meant) => Assert.Equal(
        $"{name} is not a field of a sign-in. Did you mean '{meant}'?", Bad($"{name}=x", BodyFormat.Json).First());

    [Theory]
    [InlineData("{}", "email is required.", "password is required.")]
    [InlineData("""{"email":"","password":" "}""", "email is required.", "password is required.")]
    [InlineData("""{"email":null,"password":4}""", "email must be a string.", "password must be a string.")]
    [InlineData("""{"email":["a"],"password":{"a":1}}""", "email must be a string.", "password must be a string.")]
    [InlineData("""{"email":"a@b.c","password":"x","password":"y"}""", "password must not be given more than once.")]
    [InlineData("""{"email":"a@b.c","password":"x","passwrd":"y"}""", "passwrd is not a field of a sign-in. Did you mean 'password'?")]
    [InlineData("""{"Email":"a@b.c","password":"x"}""", "Email is not a field of a sign-in. Did you mean 'email'?", "email is required.")]
    [InlineData("""{"email":"a\u0000@b.c","password":"x"}""", "email must not contain U+0000.")]
    public void All_errors_in_JSON_are_reported(string json, params string[] errors) => Assert.Equal(errors, Bad(json, BodyFormat.Json));

    [Theory]
    [InlineData("", "email is required.", "password is required.")]
    [InlineData("email=a@b.c", "password is required.")]
    [InlineData("email=a@b.c&email=b@b.c&password=x", "email must not be given more than once.")]
    [InlineData("email=a@b.c&password=%FF", "password must be a string.")]
    [InlineData("email=%00&password=x", "email must not contain U+0000.")]
    [InlineData("email=a@b.c&password=x&remember=1", "remember is not a field of a sign-in.")]
    [InlineData("email=a@b.c&password=\"R&D\"",
        "password is cut off at '&'. Encode it as %26, or send the form with curl --data-urlencode.",
        "D\" is not a field of a sign-in.")]
    public void All_errors_in_a_form_are_reported(string form, params string[] errors) => Assert.Equal(errors, Bad(form, BodyFormat.Form));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"amy\"")]
    [InlineData("""{"email":"a@b.c","password":"x" """)]
    [InlineData("""{"email":"a@b.c","password":"x",}""")]
    [InlineData("""{"email":"a@b.c","password":"\ud800"}""")]
    [InlineData("""{"\ud800":"a@b.c","password":"x"}""")]
    [InlineData("colour=red&email=a@b.c&password=x")]
    public void A_body_that_is_not_an_object_is_malformed_without_further_errors(string json)
    {
        var problem = Read(json, BodyFormat.Json).Problem;

        Assert.Equal(ProblemCode.MalformedBody, problem?.Code);
        Assert.Equal("""The body is not a JSON object such as {"email":"amy@example.com","password":"…"}.""", problem?.Detail);
        Assert.Null(problem?.Errors);
    }

    [Fact]
    public void A_lenient_server_ignores_unknown_names() =>
        Assert.Equal(("a@b.c", "x"), Good("""{"email":"a@b.c","password":"x","remember":true}""", BodyFormat.Json, strict: false));

    private static (string Email, string Password) Good(string body, BodyFormat format, bool strict = true)
    {
        var (email, password) = Read(body, format, strict).Value;
        return (email, password);
    }

    private static IEnumerable<string> Bad(string body, BodyFormat format)
    {
        var problem = Read(body, format).Problem;
        Assert.Equal(ProblemCode.InvalidBody, problem?.Code);
        return problem!.Errors!.Lines();
    }

    private static Result<SignInRequest> Read(string body, BodyFormat format, bool strict = true) =>
        SignInRequest.Read(new RequestBody(Encoding.UTF8.GetBytes(body), format), strict);
}
