using System.Reflection;
using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests.Faults;

/// <summary>
/// A server in memory with something in it, a client of it, and the public verbs with arguments by their types: what a fault matrix runs over.
/// The verbs are those that the classes have, so that a new one cannot be left out.
/// </summary>
internal sealed class FtpBench : IAsyncDisposable
{
    public const int Length = 3000;

    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(1000);

    private static readonly TimeSpan Safety = TimeSpan.FromMinutes(2);

    // Turns of the thread pool in which nothing moved.
    private const int Grace = 2000;

    // What ends a client is shown with every other verb: all of them end by it. Trees, batches and plans are made of the verbs, and tell failures in
    // a result, file by file.
    private static readonly string[] NoVerbs =
        ["DisposeAsync", "DownloadTreeAsync", "UploadTreeAsync", "DeleteTreeAsync", "DownloadManyAsync", "UploadManyAsync", "PlanSyncAsync", "ApplyAsync"];

    private readonly string _local = Directory.CreateTempSubdirectory("ftp-faults-").FullName;
    private FtpSession? _session;

    private FtpBench(MockFtpServer server, VirtualTime time) => (Server, Time) = (server, time);

    public static IReadOnlyList<MethodInfo> Verbs { get; } =
    [
        .. new[] { typeof(FtpAccess), typeof(FtpClient), typeof(FtpSession) }
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => !method.IsSpecialName && !NoVerbs.Contains(method.Name)),
    ];

    /// <summary>The content of the file there.</summary>
    public static byte[] Content { get; } = [.. Enumerable.Range(0, Length).Select(i => (byte)(i % 251))];

    public MockFtpServer Server { get; }

    public VirtualTime Time { get; }

    public FtpClient Client { get; private set; } = null!;

    public static async Task<FtpBench> StartAsync(Func<FtpClientOptions, FtpClientOptions>? change = null, MockFtpServerOptions? options = null)
    {
        var time = new VirtualTime();
        MockFtpServer server = await MockFtpServer.StartInMemoryAsync((options ?? MockFtpServerOptions.Default) with { TimeProvider = time, KeepTranscript = false, DataConnectTimeout = TimeSpan.FromDays(1) });
        server.Files["pub/a.bin"] = Content;
        server.Files["pub/sub/b.txt"] = "b"u8;
        server.Files.AddDirectory("pub/empty");
        var own = new FtpClientOptions
        {
            Transport = server.Transport,
            TimeProvider = time,
            MaxConnections = 1,
            MaxIdleTime = TimeSpan.FromDays(1),
            // One attempt: what surfaces is what the fault did.
            Resilience = ResilienceOptions.None,
            Deadlines = Deadlines.Default with { Command = Silence, Idle = Silence, Connect = Silence, Tls = Silence },
        };
        return new FtpBench(server, time) { Client = new FtpClient(server.Url, change?.Invoke(own) ?? own) };
    }

    /// <summary>Another client with the same options.</summary>
    public FtpClient Another() => new(Server.Url, Client.Options);

    public static string NameOf(MethodInfo verb) => $"{verb.DeclaringType!.Name}.{verb.Name}({string.Join(", ", verb.GetParameters().Select(static parameter => parameter.ParameterType.Name))})";

    public string Local(string name) => Path.Combine(_local, name);

    /// <summary>What stands here, without what a later run may go on with.</summary>
    public IEnumerable<string> LocalNames() => Directory.GetFiles(_local).Select(path => Path.GetFileName(path)!).Where(static name => !name.Contains(".part", StringComparison.Ordinal));

    public IEnumerable<string> RemoteNames() => Server.Files.Select(static file => file.Key).Where(static name => !name.EndsWith(".part", StringComparison.Ordinal));

    /// <summary>The object that a verb is called on: the client, or a session, opened before the fault.</summary>
    public async Task<FtpAccess> AccessAsync(MethodInfo verb, bool asSession)
    {
        if (verb.DeclaringType == typeof(FtpClient)) return Client;
        if (asSession) return _session ??= await Client.OpenSessionAsync();
        // What a login is made of is shown with the verbs that only connect.
        await Client.ConnectAsync();
        return Client;
    }

    /// <summary>Calls a verb and takes all that it gives.</summary>
    /// <returns>What it threw of the protocol's failures.</returns>
    public async Task<Exception?> RunAsync(MethodInfo verb, FtpAccess access, CancellationToken cancellationToken = default)
    {
        object?[] arguments = [.. verb.GetParameters().Select(parameter => Argument(verb, parameter, cancellationToken))];
        try
        {
            object? result;
            try
            {
                result = verb.Invoke(access, arguments);
            }
            catch (TargetInvocationException wrapped)
            {
                throw wrapped.InnerException!;
            }

            switch (result)
            {
                case Task<FtpSession> opening:
                    await using (FtpSession session = await opening)
                    {
                    }

                    return null;
                case Task<Stream> opening:
                    await using (Stream stream = await opening)
                    {
                        if (stream.CanWrite) await stream.WriteAsync(Content, cancellationToken);
                        else await stream.CopyToAsync(Stream.Null, cancellationToken);
                    }

                    return null;
                case Task<FtpContent> opening:
                    await using (FtpContent content = await opening) await content.Stream.CopyToAsync(Stream.Null, cancellationToken);
                    return null;
                case Task task:
                    await task;
                    return null;
                case IAsyncEnumerable<FtpEntry> entries:
                    await foreach (FtpEntry _ in entries.WithCancellation(cancellationToken))
                    {
                    }

                    return null;
                case IAsyncEnumerable<FtpPath> names:
                    await foreach (FtpPath _ in names.WithCancellation(cancellationToken))
                    {
                    }

                    return null;
                default:
                    throw new InvalidOperationException($"Say how the result of {NameOf(verb)} is taken.");
            }
        }
        catch (Exception failure) when (failure is ProtocolClientException or OperationCanceledException)
        {
            return failure;
        }
    }

    /// <summary>Lets time pass until the work is done: short waits at once; a deadline when somebody was made silent.</summary>
    public async Task<T> DriveAsync<T>(Task<T> work, FaultRule? stall, string where)
    {
        using var safety = new CancellationTokenSource(Safety, TimeProvider.System);
        int quiet = 0;
        (int turns, int naps) = (500, 1);
        (int, long, int) seen = default;
        while (!work.IsCompleted)
        {
            if (safety.IsCancellationRequested) throw new TimeoutException($"{where} hangs; the next timer is {Time.NextTimer}.\n{Server.Calls}");
            if (seen != (seen = Progress()))
            {
                quiet = 0;
            }
            else if (Time.NextTimer is { } next && next <= TimeSpan.FromMinutes(1))
            {
                // The client gives a server some seconds to explain itself: they pass when it has nothing to say, not when the machine is slow.
                if (++quiet > Grace)
                {
                    if (await IsStillAsync(2)) Time.Advance(next);
                    quiet = 0;
                }
            }
            else if (stall is { Fault.Kind: FaultKind.Stall, Strikes: > 0 } && ++quiet > turns && Time.NextTimer is { } deadline && deadline <= Silence)
            {
                // A stall strikes once: what is slow behind it is the machine.
                if (await IsStillAsync(naps))
                {
                    Time.Advance(deadline);
                    (turns, naps) = (Grace, 20);
                }

                quiet = 0;
            }

            await Task.Yield();
        }

        return await work;
    }

    // Whether nothing moves while this task naps. Who spins takes the processor from those it waits for; and a nap lasts as long as they, on a loaded
    // machine, wait for their turn.
    private async Task<bool> IsStillAsync(int naps)
    {
        var before = (Progress(), Time.NextTimer, Time.ActiveTimers);
        for (; naps > 0; naps--)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            if (before != (Progress(), Time.NextTimer, Time.ActiveTimers)) return false;
        }

        return true;
    }

    // What the server has seen and said: as long as it changes, nobody is stuck.
    private (int Calls, long Data, int Replies) Progress()
    {
        MockFtpCall? last = Server.Calls.LastOrDefault();
        return (Server.Calls.Count, Server.Calls.Sum(static call => call.DataBytes), last?.Replies.Count ?? 0);
    }

    /// <summary>As the other one, where nothing is silent.</summary>
    public Task<T> DriveAsync<T>(Task<T> work, string where) => DriveAsync(work, null, where);

    /// <summary>Waits for what the client or the server does by itself, while short times pass.</summary>
    public async Task UntilAsync(Func<bool> condition, string where)
    {
        using var safety = new CancellationTokenSource(Safety, TimeProvider.System);
        int quiet = 0;
        (int, long, int) seen = default;
        while (!condition())
        {
            if (safety.IsCancellationRequested) throw new TimeoutException($"{where}\n{Server.Calls}");
            await Task.Yield();
            if (seen != (seen = Progress())) quiet = 0;
            else if (Time.NextTimer is { } next && next <= TimeSpan.FromMinutes(1) && ++quiet > Grace)
            {
                if (await IsStillAsync(2)) Time.Advance(next);
                quiet = 0;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is not null) await _session.DisposeAsync();
        await Client.DisposeAsync();
        await Server.DisposeAsync();
        Directory.Delete(_local, recursive: true);
    }

    private object? Argument(MethodInfo verb, ParameterInfo parameter, CancellationToken cancellationToken) => (parameter.ParameterType, parameter.Name) switch
    {
        (var type, _) when type == typeof(CancellationToken) => cancellationToken,
        (var type, "to") when type == typeof(FtpPath) => (FtpPath)"/pub/renamed.bin",
        (var type, _) when type == typeof(FtpPath) => PathFor(verb),
        (var type, "local") when type == typeof(string) => verb.Name == "UploadAsync" ? Source() : Local("came.bin"),
        (var type, "command") when type == typeof(string) => "NOOP",
        (var type, "target") when type == typeof(Stream) => Stream.Null,
        (var type, _) when type == typeof(Stream) => new MemoryStream(Content),
        (var type, _) when type == typeof(DateTimeOffset) => new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.Zero),
        (var type, _) when type == typeof(FtpFactChanges) => new FtpFactChanges { Modified = new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.Zero), Permissions = Convert.ToInt32("600", 8) },
        (var type, "mode") when type == typeof(int) => Convert.ToInt32("600", 8),
        _ when parameter.HasDefaultValue => parameter.ParameterType.IsValueType && parameter.DefaultValue is null ? Activator.CreateInstance(parameter.ParameterType) : parameter.DefaultValue,
        _ => throw new InvalidOperationException($"Name an argument for {parameter} of {NameOf(verb)}."),
    };

    private static FtpPath PathFor(MethodInfo verb) => verb.Name switch
    {
        "ListAsync" or "ListNamesAsync" or "ChangeDirectoryAsync" => "/pub",
        "CreateDirectoryAsync" => "/pub/made",
        "DeleteDirectoryAsync" => "/pub/empty",
        "UploadAsync" or "OpenWriteAsync" => "/pub/sent.bin",
        _ => "/pub/a.bin",
    };

    private string Source()
    {
        string path = Local("source.bin");
        if (!File.Exists(path)) File.WriteAllBytes(path, Content);
        return path;
    }
}
