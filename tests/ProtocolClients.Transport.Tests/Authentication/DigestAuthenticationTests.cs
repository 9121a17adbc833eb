using ProtocolClients.Transport;

namespace ProtocolClients.Tests.Authentication;

public sealed class DigestAuthenticationTests
{
    private const string Rfc7616 =
        "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
        + "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

    private const string Cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

    private static readonly Credentials Mufasa = new("Mufasa", "Circle of Life");

    // RFC 7616 §3.9.1
    [Theory]
    [InlineData("MD5", "8ca523f5e9506fed4657c9700eebdbec", 1)]
    [InlineData("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", 2)]
    public void The_examples_of_the_standard_come_out(string algorithm, string response, int strength)
    {
        DigestAuthentication digest = Create($"Digest {Rfc7616}, algorithm={algorithm}");
        Assert.Equal(strength, digest.Strength);
        Assert.Equal("http-auth@example.org", digest.Realm);
        Assert.Equal(
            "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
            + $"uri=\"/dir/index.html\", response=\"{response}\", algorithm={algorithm}, qop=auth, nc=00000001, cnonce=\"{Cnonce}\", "
            + "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
            digest.Answer("GET", "/dir/index.html", null, Cnonce, 1).Field);
    }

    // RFC 7616 §3.9.2 with the values of erratum 4897: the standard's own are those of SHA-512 cut in half.
    [Theory]
    [InlineData("true", "username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\"")]
    [InlineData("false", "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe")]
    public void The_example_with_SHA_512_256_comes_out(string userhash, string username)
    {
        DigestAuthentication digest = Create(
            "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", "
            + $"opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", charset=UTF-8, userhash={userhash}",
            new Credentials("Jäsøn Doe", "Secret, or not?"));
        Assert.Equal(3, digest.Strength);
        string field = digest.Answer("GET", "/doe.json", null, "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", 1).Field;
        Assert.Contains(username, field, StringComparison.Ordinal);
        Assert.Contains("response=\"3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5\"", field, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_auth_int_covers_the_body()
    {
        DigestAuthentication digest = Create("Digest realm=r, nonce=n, qop=\"auth-int\", algorithm=MD5", new Credentials("u", "p"));
        Assert.True(digest.CoversBody);
        Assert.Throws<ArgumentNullException>(() => digest.Answer("POST", "/x"));
        using DigestHash hash = digest.StartHash();
        hash.Append("hel"u8);
        hash.Append("lo"u8);
        string body = hash.Finish();
        Assert.Equal("5d41402abc4b2a76b9719d911017c592", body);
        string field = digest.Answer("POST", "/x", body, "c", 1).Field;
        Assert.Contains("response=\"9f4e354afb1ee977b2654d956e3f6e35\"", field, StringComparison.Ordinal);
        Assert.Contains("qop=auth-int", field, StringComparison.Ordinal);
        Assert.False(Create("Digest realm=r, nonce=n, qop=\"auth-int, auth\"").CoversBody);
    }

    [Fact]
    public void The_next_nonce_is_taken_and_counted_anew()
    {
        DigestAuthentication digest = Create("Digest realm=r, nonce=first, qop=auth");
        Assert.Contains("nc=00000001", digest.Answer("GET", "/").Field, StringComparison.Ordinal);
        Assert.Contains("nc=00000002", digest.Answer("GET", "/").Field, StringComparison.Ordinal);
        digest.Learn("qop=auth, nextnonce=\"second\"");
        string third = digest.Answer("GET", "/").Field;
        Assert.Contains("nonce=\"second\"", third, StringComparison.Ordinal);
        Assert.Contains("nc=00000001", third, StringComparison.Ordinal);
        foreach (string useless in (string[])["", "nextnonce=", "nextnonce=\"a\nb\"", "nextnonce=\"open", "nextnonce=\"second\"", "x"]) digest.Learn(useless);
        Assert.Contains("nonce=\"second\"", digest.Answer("GET", "/").Field, StringComparison.Ordinal);
        Assert.Contains("nc=00000003", digest.Answer("GET", "/").Field, StringComparison.Ordinal);
    }

    [Fact]
    public void The_servers_proof_is_checked()
    {
        DigestAnswer answer = Create("Digest realm=r, nonce=n, qop=auth, algorithm=MD5", new Credentials("u", "p")).Answer("GET", "/x", null, "c", 1);
        Assert.Equal(DigestProof.Right, answer.Check("qop=auth, rspauth=\"281802e28f78376c831f51b35049920a\", cnonce=\"c\", nc=00000001"));
        Assert.Equal(DigestProof.Right, answer.Check("rspauth=\"281802E28F78376C831F51B35049920A\", qop=auth"));
        Assert.Equal(DigestProof.None, answer.Check("qop=auth, nextnonce=\"x\""));
        Assert.Equal(DigestProof.Wrong, answer.Check("qop=auth, rspauth=\"00\""));
        Assert.Equal(DigestProof.Wrong, answer.Check("qop=auth, rspauth=\"\""));
        Assert.Equal(DigestProof.Wrong, answer.Check("qop=auth, rspauth=\"281802e28f78376c831f51b35049920a\", cnonce=\"d\""));
        Assert.Equal(DigestProof.Wrong, answer.Check("qop=auth, rspauth=\"281802e28f78376c831f51b35049920a\", nc=00000002"));
        Assert.Equal(DigestProof.Wrong, answer.Check("qop=auth-conf, rspauth=\"281802e28f78376c831f51b35049920a\""));
        Assert.Equal(DigestProof.NeedsBody, answer.Check("qop=auth-int, rspauth=\"8c190e3f6badcbfdad26e1beca9593fb\""));
        Assert.Equal(DigestProof.Right, answer.Check("qop=auth-int, rspauth=\"8c190e3f6badcbfdad26e1beca9593fb\"", "5d41402abc4b2a76b9719d911017c592"));
        Assert.Equal(DigestProof.Wrong, answer.Check("qop=auth-int, rspauth=\"8c190e3f6badcbfdad26e1beca9593fb\"", "00"));
        Assert.Equal("Digest ***", answer.ToString());
    }

    // RFC 2617 §3.5
    [Fact]
    public void The_example_of_the_older_standard_comes_out()
    {
        DigestAuthentication digest = Create(
            "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
            new Credentials("Mufasa", "Circle Of Life"));
        Assert.Contains("response=\"6629fae49393a05397450978507c4ef1\"", digest.Answer("GET", "/dir/index.html", null, "0a4f113b", 1).Field, StringComparison.Ordinal);
    }

    // RFC 2069 §2.4 with its published erratum.
    [Fact]
    public void Without_qop_the_oldest_form_is_answered()
    {
        DigestAuthentication digest = Create(
            "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
            new Credentials("Mufasa", "CircleOfLife"));
        string answer = digest.Answer("GET", "/dir/index.html", null, "ignored", 1).Field;
        Assert.Contains("response=\"1949323746fe6a43ef61f9606e7febea\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("nc=", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_answer_counts_one_up_and_has_a_nonce_of_its_own()
    {
        DigestAuthentication digest = Create($"Digest {Rfc7616}, algorithm=SHA-256");
        string one = digest.Answer("GET", "/").Field;
        string two = digest.Answer("GET", "/").Field;
        Assert.Contains("nc=00000001", one, StringComparison.Ordinal);
        Assert.Contains("nc=00000002", two, StringComparison.Ordinal);
        Assert.NotEqual(Part(one, "cnonce"), Part(two, "cnonce"));
        Assert.NotEqual(Part(one, "response"), Part(two, "response"));
    }

    [Fact]
    public void The_session_variant_hashes_the_nonces_into_the_secret()
    {
        string plain = Create($"Digest {Rfc7616}, algorithm=MD5").Answer("GET", "/", null, Cnonce, 1).Field;
        string session = Create($"Digest {Rfc7616}, algorithm=MD5-sess").Answer("GET", "/", null, Cnonce, 1).Field;
        Assert.NotEqual(Part(plain, "response"), Part(session, "response"));
        Assert.Contains("algorithm=MD5-sess", session, StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_is_quoted_encoded_or_hashed()
    {
        Assert.Contains("username=\"a\\\"b\\\\c\"", Create($"Digest {Rfc7616}", new Credentials("a\"b\\c", "x")).Answer("GET", "/").Field, StringComparison.Ordinal);
        Assert.Contains("username*=UTF-8''J%C3%A4s%C3%B8n%20Doe", Create($"Digest {Rfc7616}", new Credentials("Jäsøn Doe", "x")).Answer("GET", "/").Field, StringComparison.Ordinal);
        string hashed = Create($"Digest {Rfc7616}, userhash=true").Answer("GET", "/").Field;
        Assert.DoesNotContain("Mufasa", hashed, StringComparison.Ordinal);
        Assert.EndsWith("userhash=true", hashed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Basic realm=x")]
    [InlineData("Digest nonce=n")]
    [InlineData("Digest realm=r")]
    [InlineData("Digest realm=r, nonce=n, algorithm=SHA-512")]
    [InlineData("Digest realm=r, nonce=n, qop=\"auth-conf\"")]
    [InlineData("Digest realm=\"r\r\nX: y\", nonce=n")]
    public void What_cannot_be_answered_is_not(string challenge) =>
        Assert.Null(DigestAuthentication.TryCreate(Assert.Single(AuthenticationChallenge.Parse(challenge)), Mufasa));

    [Fact]
    public void A_secret_is_no_part_of_the_answer() =>
        Assert.DoesNotContain("Circle", Create($"Digest {Rfc7616}").Answer("GET", "/").Field, StringComparison.Ordinal);

    [Theory]
    [InlineData("Basic", "Basic||")]
    [InlineData("Basic realm=\"a\"", "Basic||realm=a")]
    [InlineData("Basic realm=\"a, b\", charset=\"UTF-8\"", "Basic||realm=a, b;charset=UTF-8")]
    [InlineData("Digest realm=r, nonce=\"q\\\"q\", Basic realm=b", "Digest||realm=r;nonce=q\"q / Basic||realm=b")]
    [InlineData("Negotiate, NTLM, Basic realm=x", "Negotiate|| / NTLM|| / Basic||realm=x")]
    [InlineData("Negotiate YWJj==, Basic realm=x", "Negotiate|YWJj==| / Basic||realm=x")]
    [InlineData("NTLM TlRMTVNTUAAC", "NTLM|TlRMTVNTUAAC|")]
    [InlineData(" , Basic  realm = x , ", "Basic||realm=x")]
    [InlineData("Basic realm=\"open", "Basic||")]
    [InlineData("", "")]
    [InlineData("=", "")]
    [InlineData("realm=x", "")]
    public void Challenges_are_read(string value, string expected) => Assert.Equal(expected, string.Join(" / ", AuthenticationChallenge.Parse(value)
        .Select(c => $"{c.Scheme}|{c.Token}|{string.Join(';', c.Parameters.Select(p => $"{p.Key}={p.Value}"))}")));

    private static DigestAuthentication Create(string challenge, Credentials? credentials = null) =>
        DigestAuthentication.TryCreate(Assert.Single(AuthenticationChallenge.Parse(challenge)), credentials ?? Mufasa)!;

    private static string Part(string answer, string name) =>
        answer.Split(", ").Select(p => p.Replace("Digest ", "", StringComparison.Ordinal)).Single(p => p.StartsWith(name + "=", StringComparison.Ordinal));
}
