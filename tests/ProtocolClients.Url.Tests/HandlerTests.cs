using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace ProtocolClients.UrlTests;

public sealed class HandlerTests
{
    [Fact]
    public async Task A_handler_of_ones_own_goes_before_the_built_in_one_and_may_go_on_to_it()
    {
        await using var plain = new UrlOpener();
        var upper = new Upper(plain.HandlerOf("data"));
        await using var opener = new UrlOpener(new() { Handlers = Table(("data", upper), ("shout", upper)) });
        Assert.Same(upper, opener.HandlerOf("data"));
        Assert.Equal("HELLO", await opener.ReadTextAsync("data:,hello"));
        Assert.Equal("hello", await plain.ReadTextAsync("data:,hello"));
        // A chain is handlers in handlers.
        var outer = new Upper(upper);
        await using var twice = new UrlOpener(new() { Handlers = Table(("data", outer)) });
        Assert.Equal("HELLO", await twice.ReadTextAsync("data:,hello"));
        Assert.Equal((2, 1), (upper.Opened, outer.Opened));
    }

    [Fact]
    public async Task A_scheme_of_ones_own_is_opened_and_the_handler_stays_the_callers()
    {
        var mine = new Fixed();
        await using (var opener = new UrlOpener(new() { Handlers = Table(("mine", mine)) }))
        {
            Assert.Equal("mine://h/x", await opener.ReadTextAsync("MINE://H/x"));
            Assert.Equal(10, (await opener.StatAsync("mine://h/x")).Length);
            await foreach (UrlEntry entry in opener.ListAsync("mine://h/x")) Assert.Equal("one", entry.Name);
        }

        Assert.False(mine.IsDisposed);
    }

    [Fact]
    public async Task A_scheme_without_a_handler_has_none()
    {
        await using var opener = new UrlOpener();
        Assert.Throws<ArgumentException>(() => opener.HandlerOf("gopher"));
        Assert.Throws<ArgumentException>(() => opener.HandlerOf("file"));
        Assert.Throws<ArgumentException>(() => opener.HandlerOf("HTTP"));
        Assert.Same(opener.HandlerOf("http"), opener.HandlerOf("https"));
        await using var allowing = new UrlOpener(new() { AllowFile = true });
        Assert.NotNull(allowing.HandlerOf("file"));
    }

    [Fact]
    public async Task Urls_are_read_by_the_syntax_of_the_options()
    {
        var mine = new Fixed();
        await using var strict = new UrlOpener(new() { Handlers = Table(("http", mine)) });
        await using var web = new UrlOpener(new() { Handlers = Table(("http", mine)), Syntax = UrlSyntax.Web });
        await Assert.ThrowsAsync<ArgumentException>(() => strict.ReadTextAsync(" http:\\\\h\\a b"));
        Assert.Equal("http://h/a%20b", await web.ReadTextAsync(" http:\\\\h\\a b"));
        Assert.Equal("http://h/a%20b", Url.Parse(" http:\\\\h\\a b", UrlSyntax.Web).AbsoluteUri);
        Assert.Throws<ArgumentException>(() => Url.Parse("http:\\\\h"));
    }

    private static ImmutableDictionary<string, IUrlHandler> Table(params (string Scheme, IUrlHandler Handler)[] handlers) =>
        handlers.ToImmutableDictionary(static pair => pair.Scheme, static pair => pair.Handler, StringComparer.Ordinal);

    /// <summary>A handler that goes on to another, and changes what it gives.</summary>
    private sealed class Upper(IUrlHandler inner) : IUrlHandler
    {
        public int Opened { get; private set; }

        public async ValueTask<UrlContent> OpenAsync(UrlRequest request, CancellationToken cancellationToken = default)
        {
            Opened++;
            await using UrlContent content = await inner.OpenAsync(request, cancellationToken);
            byte[] bytes = [.. (await content.ReadBytesAsync(null, cancellationToken)).Select(static b => b is >= (byte)'a' and <= (byte)'z' ? (byte)(b - 32) : b)];
            return new UrlContent(new MemoryStream(bytes), request.Url) { Length = bytes.Length };
        }

        public ValueTask<UrlInfo> StatAsync(UrlRequest request, CancellationToken cancellationToken = default) => inner.StatAsync(request, cancellationToken);

        public IAsyncEnumerable<UrlEntry> ListAsync(UrlRequest request, CancellationToken cancellationToken = default) => inner.ListAsync(request, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Fixed : IUrlHandler
    {
        public bool IsDisposed { get; private set; }

        public ValueTask<UrlContent> OpenAsync(UrlRequest request, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new UrlContent(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(request.Url.AbsoluteUri)), request.Url));

        public ValueTask<UrlInfo> StatAsync(UrlRequest request, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new UrlInfo(request.Url) { Length = request.Url.AbsoluteUri.Length });

        public async IAsyncEnumerable<UrlEntry> ListAsync(UrlRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            yield return new UrlEntry("one", request.Url);
        }

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
