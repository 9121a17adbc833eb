using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients.Tool;

/// <summary>The options that every command with a URL has, and the client options that they make.</summary>
internal sealed class ClientArguments
{
    private readonly Option<string[]> _headers = new("--header", "-H") { Description = "Send this header with the request ('Name: value'); may be repeated." };
    private readonly Option<string?> _user = new("--user", "-u") { Description = "Credentials (USER:PASS); asked for when PASS is left out." };
    private readonly Option<bool> _netrc = new("--netrc", "-n") { Description = "Take credentials from ~/.netrc, or the file that NETRC names." };
    private readonly Option<string?> _netrcFile = new("--netrc-file") { Description = "Take credentials from this netrc file." };
    private readonly Option<string?> _cookies = new("--cookies") { Description = "Send the cookies of this file (cookies.txt or JSON), and keep there what the servers set." };
    private readonly Option<string?> _hsts = new("--hsts") { Description = "Ask the hosts of this file over https only, and keep there what the servers say of it." };
    private readonly Option<string[]> _resolve = new("--resolve") { Description = "Dial HOST:PORT:ADDRESS, and ask no name server; may be repeated." };
    private readonly Option<Uri?> _proxy = new("--proxy") { Description = "Go through this proxy (http, https, socks4, socks4a, socks5, socks5h); 'none' for no proxy.", CustomParser = Proxy };
    private readonly Option<Uri?> _preProxy = new("--preproxy") { Description = "Reach the proxy through this one, of the same kinds; alone it is the proxy.", CustomParser = Proxy };
    private readonly Option<string?> _roots = new("--cacert") { Description = "Trust the certificates of this PEM file instead of the system's." };
    private readonly Option<bool> _insecure = new("--insecure") { Description = "Accept any certificate: the connection is encrypted to whoever answers." };
    private readonly Option<bool> _clearText = new("--allow-clear-text") { Description = "Send credentials over a connection without TLS; ftp is asked for none then." };
    private readonly Option<bool> _active = new("--active") { Description = "Let ftp servers connect to us for data." };
    private readonly Option<bool> _tunnel = new("--tunnel") { Description = "Reach ftp servers through a tunnel of an HTTP proxy, instead of asking it for the URL." };
    private readonly Option<int> _retry = new("--retry")
    {
        Description = "Try this many times again after a failure that may pass.",
        DefaultValueFactory = _ => 2,
        CustomParser = Numbers.Whole(1_000_000, "--retry takes a number from 0."),
    };
    private readonly Option<double?> _timeout = new("--timeout")
    {
        Description = "Seconds that connecting, TLS, an answer, and any silence in the middle of one may last; without it 30, 30, 100 and 60.",
        CustomParser = Numbers.Seconds("--timeout takes seconds above 0."),
    };
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Show what goes over the wire (secrets redacted) on standard error." };

    private static readonly Uri NoProxy = new("none:");

    private readonly List<Func<Task>> _saving = [];

    public ClientArguments(Command command)
    {
        foreach (Option option in (Option[])[_headers, _user, _netrc, _netrcFile, _cookies, _hsts, _resolve, _proxy, _preProxy, _roots, _insecure, _clearText, _active, _tunnel, _retry, _timeout, _verbose])
            command.Options.Add(option);
    }

    /// <summary>The URLs that a person typed.</summary>
    public static Argument<string[]> Urls(string description) => new("URL") { Description = description, Arity = ArgumentArity.OneOrMore };

    public async Task<UrlOpenerOptions> CreateAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellationToken)
    {
        Deadlines deadlines = Deadlines.Default;
        if (parsed.GetValue(_timeout) is { } seconds)
        {
            var limit = TimeSpan.FromSeconds(seconds);
            deadlines = deadlines with { Connect = limit, Tls = limit, Command = limit, Idle = limit };
        }

        TransportOptions transport = TransportOptions.Default with { Tls = await TlsAsync(parsed, cancellationToken) };
        if (parsed.GetValue(_proxy) is { } proxy)
            transport = transport with { Proxy = proxy == NoProxy ? ProxyOptions.None : new ProxyOptions { Url = proxy } };

        if (parsed.GetValue(_preProxy) is { } first && first != NoProxy) transport = transport with { Proxy = transport.Proxy with { PreProxy = first } };
        if (parsed.GetValue(_resolve) is { Length: > 0 } hosts) transport = transport with { Hosts = [.. hosts.Select(Host)] };
        ResilienceOptions resilience = ResilienceOptions.Default with { Attempts = parsed.GetValue(_retry) + 1 };
        Credentials? credentials = Credentials(parsed, terminal);
        string? netrcFile = parsed.GetValue(_netrcFile);
        Netrc? netrc = netrcFile is not null || parsed.GetValue(_netrc) ? Netrc.Load(netrcFile) : null;
        TextWireLog? wireLog = parsed.GetValue(_verbose) ? new TextWireLog(terminal.Error) : null;
        // What all rooms have in common is ftp's; http has more to say, and says it all.
        var common = new UrlOpenerOptions
        {
            AllowFile = true,
            Transport = parsed.GetValue(_clearText) ? transport with { Tls = transport.Tls with { Mode = TlsMode.None } } : transport,
            Deadlines = deadlines,
            Credentials = credentials,
            Netrc = netrc,
            WireLog = wireLog,
            TunnelFtp = parsed.GetValue(_tunnel),
            // A retrieval repeats by itself, the session what is asked of it directly.
            Resilience = resilience,
            Http = new HttpSessionOptions
            {
                Transport = transport,
                Deadlines = deadlines,
                Credentials = credentials,
                Cookies = await CookiesAsync(parsed, cancellationToken),
                Hsts = await HstsAsync(parsed, cancellationToken),
                Netrc = netrc,
                AllowClearTextCredentials = parsed.GetValue(_clearText),
                Headers = [.. (parsed.GetValue(_headers) ?? []).Select(Header)],
                Resilience = resilience,
                WireLog = wireLog,
            },
        };
        // The room of ftp is not loaded for who asks for http.
        return parsed.GetValue(_active) ? FtpClients.Active(common) : common;
    }

    /// <summary>Runs a command, and keeps at its end, however that is, what the servers said that is to be kept.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> run)
    {
        try
        {
            return await run();
        }
        finally
        {
            foreach (Func<Task> save in _saving) await save();
        }
    }

    /// <summary>The jar of a file that need not be there yet; cookies without an end are kept too, as runs of one script are one session.</summary>
    private async Task<CookieJar?> CookiesAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_cookies) is not { } path) return null;
        CookieJar jar = File.Exists(path) ? await CookieJar.LoadAsync(path, cancellationToken: cancellationToken) : new CookieJar();
        _saving.Add(() => jar.SaveAsync(path, sessionCookies: true, cancellationToken: CancellationToken.None));
        return jar;
    }

    private async Task<HstsStore?> HstsAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_hsts) is not { } path) return null;
        HstsStore store = File.Exists(path) ? await HstsStore.LoadAsync(path, cancellationToken: cancellationToken) : new HstsStore();
        _saving.Add(() => store.SaveAsync(path, CancellationToken.None));
        return store;
    }

    private async Task<TlsOptions> TlsAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TlsOptions tls = TlsOptions.Default with { DangerousAcceptAnyCertificate = parsed.GetValue(_insecure) };
        if (parsed.GetValue(_roots) is not { } path) return tls;
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPem(await File.ReadAllTextAsync(path, cancellationToken));
        }
        catch (CryptographicException)
        {
            roots.Clear();
        }

        if (roots.Count == 0) throw new UsageException($"'{path}' holds no certificate in PEM form.");
        return tls with { Roots = [.. roots] };
    }

    private Credentials? Credentials(ParseResult parsed, Terminal terminal)
    {
        if (parsed.GetValue(_user) is not { } text) return null;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0
            ? new Credentials(text[..colon], text[(colon + 1)..])
            : new Credentials(text, terminal.AskSecret($"Password of {text}: "));
    }

    /// <summary>HOST:PORT:ADDRESS, as curl has it; an IPv6 address may stand in brackets.</summary>
    private static HostMapping Host(string text)
    {
        string[] parts = text.Split(':', 3);
        if (parts.Length == 3 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536
            && IPAddress.TryParse(parts[2].Trim('[', ']'), out IPAddress? address))
        {
            return new HostMapping(parts[0], address) { Port = port };
        }

        throw new UsageException($"'{text}' is no HOST:PORT:ADDRESS.");
    }

    private static (string Name, string Value) Header(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            ? (text[..colon], text[(colon + 1)..].Trim(' '))
            : throw new UsageException($"'{text}' is no header: 'Name: value' is expected.");
    }

    private static Uri? Proxy(System.CommandLine.Parsing.ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        // Of a parser's null the library makes a failure.
        if (text == "none") return NoProxy;
        if (Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out Uri? url)) return url;
        result.AddError($"'{UrlLoop.Shown(text)}' is no URL of a proxy.");
        return null;
    }
}
