namespace ProtocolClients.Testing;

/// <summary>
/// What a <see cref="MockHttpServer"/> answers by method and path. The route that was added last and matches answers, so a
/// test can override what its fixture set up. Safe for many threads.
/// </summary>
public sealed class MockRoutes
{
    private volatile MockRoute[] _routes = [];
    private readonly Lock _gate = new();

    internal MockRoutes()
    {
    }

    /// <summary>How many routes there are.</summary>
    public int Count => _routes.Length;

    /// <summary>The state of the scenario that <see cref="MockRoute.When"/> and <see cref="MockRoute.Goto"/> speak of.</summary>
    /// <value>An empty string at first.</value>
    public string State { get; set; } = "";

    /// <summary>A route for GET; it answers HEAD too, where no route for HEAD does.</summary>
    /// <param name="path">The path or pattern, as for <see cref="On"/>.</param>
    public MockRoute Get(string path) => On("GET", path);

    /// <summary>A route for POST.</summary>
    /// <param name="path">The path or pattern, as for <see cref="On"/>.</param>
    public MockRoute Post(string path) => On("POST", path);

    /// <summary>A route for PUT.</summary>
    /// <param name="path">The path or pattern, as for <see cref="On"/>.</param>
    public MockRoute Put(string path) => On("PUT", path);

    /// <summary>A route for DELETE.</summary>
    /// <param name="path">The path or pattern, as for <see cref="On"/>.</param>
    public MockRoute Delete(string path) => On("DELETE", path);

    /// <summary>A route for every method.</summary>
    /// <param name="path">The path or pattern, as for <see cref="On"/>.</param>
    public MockRoute Any(string path) => On("*", path);

    /// <summary>A route for a method.</summary>
    /// <param name="method">The method; <c>*</c> for all.</param>
    /// <param name="path">
    /// The decoded path: <c>*</c> stands for one segment, <c>**</c> at the end for the rest; <c>/a?b=c</c> asks for that query.
    /// </param>
    /// <returns>The route; it answers 200 without content until it is told otherwise.</returns>
    public MockRoute On(string method, string path)
    {
        var route = new MockRoute(this, new RoutePattern(method, path));
        lock (_gate) _routes = [route, .. _routes];
        return route;
    }

    /// <summary>Uploads that go on where they broke off, by tus 1.0.0: made at a path, and living below it.</summary>
    /// <param name="path">The path of the end point, for example <c>/files</c>.</param>
    public MockTus Tus(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new MockTus(this, path);
    }

    /// <summary>Takes all routes away and sets the state back.</summary>
    public void Clear()
    {
        lock (_gate) _routes = [];
        State = "";
    }

    internal MockRoute? Find(MockHttpCall call) =>
        Find(call, call.Method) ?? (call.Method is "HEAD" ? Find(call, "GET") : null);

    private MockRoute? Find(MockHttpCall call, string method) => Array.Find(_routes, route => route.Matches(call, method));
}
