using System.Globalization;
using System.Text;

namespace ProtocolClients.Transport.Tests.Grammar;

/// <summary>
/// Mutations of real URLs: either a reason or one object, which is its own normal form whoever reads it again.
/// PROTOCOLCLIENTS_FUZZ_COUNT sets how many inputs a parser gets.
/// </summary>
public sealed class UrlFuzzTests
{
    private static readonly int Count =
        int.TryParse(Environment.GetEnvironmentVariable("PROTOCOLCLIENTS_FUZZ_COUNT"), CultureInfo.InvariantCulture, out int count) ? count : 20_000;

    private static readonly string[] Corpus =
    [
        "http://user:pass@example.org:8080/a/b;p=1/../c?x=1&y=%20#frag",
        "https://b\u00FCcher.example/\u00E9?\u00FC",
        "http://127.0.0.1:80/./../",
        "http://[2001:db8::1]:443/x",
        "ftp://h/%2e%2e/a",
        "file:///C:/a/b",
        "file://localhost/etc/x",
        "foo://host/p",
        "foo:/a//b",
        "data:text/plain;base64,QUJD",
        "mailto:a@b.example",
        "http:\\\\h\\a",
    ];

    private static readonly string[] Splices =
    [
        "%", "%2", "%2F", "%2e", "%00", "\\", "/", "//", "..", "/./", ":", "@", "?", "#", "[", "]", " ", "\t", "\n", "\0", "\u2100", "\uFF0F", "\u3002", "\u00AD", "\u200E",
        "\uD800", "\uDC00", "\uD83D\uDE42", "xn--", "xn--a", "0x", "1.2.3", "|", "^", "{", "`", "\"", "<", "'", "localhost", "C|", "\u0301", "\u0660", "a", "-",
    ];

    [Fact]
    public void Strict_urls()
    {
        var random = new Random(3986);
        for (int round = 0; round < Count; round++)
        {
            string text = Mutate(random);
            if (!UrlText.TryParse(text, out Uri? url, out string? error))
            {
                Assert.NotEmpty(error);
                continue;
            }

            foreach (string again in (string[])[url.AbsoluteUri, url.OriginalString])
            {
                Assert.True(UrlText.TryParse(again, out Uri? same, out error), $"{text}: {again}: {error}");
                Assert.Equal((url.AbsoluteUri, url.IdnHost, url.Port, url.PathAndQuery), (same.AbsoluteUri, same.IdnHost, same.Port, same.PathAndQuery));
            }

            Assert.True(Ascii.IsValid(url.AbsoluteUri) && url.Host.Trim('[', ']') == url.IdnHost, text);
            if (url.Scheme is "http" && url.HostNameType == UriHostNameType.Dns) Assert.Equal(HostName.Canonical(url.Host), url.Host);
            if (UrlText.TryResolve(url, text, out Uri? resolved, out _)) Assert.Empty(resolved.UserInfo);
        }
    }

    [Fact]
    public void Web_urls()
    {
        var random = new Random(46);
        var based = WebUrl.Parse("http://u:p@h/a/b?q#f");
        for (int round = 0; round < Count; round++)
        {
            string text = Mutate(random);
            if (!WebUrl.TryParse(text, round % 2 == 0 ? null : based, out WebUrl? url, out string? error))
            {
                Assert.NotEmpty(error);
                continue;
            }

            Assert.True(WebUrl.TryParse(url.ToString(), null, out WebUrl? again, out error), $"{text}: {error}");
            Assert.Equal(url, again);
            Uri uri;
            try
            {
                uri = url.ToUri();
            }
            catch (ArgumentException refusal) when (refusal.Message.StartsWith("Not a URL", StringComparison.Ordinal))
            {
                continue;
            }

            if (url.Scheme is not ("http" or "https")) continue;
            // What a check of the normal form sees is what is connected to.
            Assert.Equal(url.Port ?? (url.Scheme == "http" ? 80 : 443), uri.Port);
            if (uri.HostNameType != UriHostNameType.IPv6) Assert.Equal(url.Host!.TrimEnd('.'), uri.IdnHost);
        }
    }

    [Fact]
    public void References_of_peers()
    {
        var random = new Random(5);
        var based = new Uri("http://h/a/b?q");
        for (int round = 0; round < Count; round++)
        {
            string text = Mutate(random);
            int cut = random.Next(text.Length + 1);
            if (!UrlText.TryResolve(based, text[cut..], out Uri? url, out string? error)) Assert.NotEmpty(error);
            else if (!url.Host.Contains('%', StringComparison.Ordinal) && UrlText.TryParse(url.AbsoluteUri, out Uri? again, out _)) Assert.Equal(url.AbsoluteUri, again.AbsoluteUri);
        }
    }

    private static string Mutate(Random random)
    {
        var text = new StringBuilder(Corpus[random.Next(Corpus.Length)]);
        for (int changes = random.Next(0, 5); changes > 0 && text.Length > 0; changes--)
        {
            int at = random.Next(text.Length);
            switch (random.Next(4))
            {
                case 0:
                    text[at] = (char)random.Next(random.Next(2) == 0 ? 0x80 : 0x10000);
                    break;
                case 1:
                    text.Insert(at, Splices[random.Next(Splices.Length)]);
                    break;
                case 2:
                    text.Remove(at, Math.Min(random.Next(1, 5), text.Length - at));
                    break;
                default:
                    text.Append(Splices[random.Next(Splices.Length)]);
                    break;
            }
        }

        return text.ToString();
    }
}
