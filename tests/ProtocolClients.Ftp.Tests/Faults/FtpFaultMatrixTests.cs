using System.Reflection;
using ProtocolClients.Testing;

namespace ProtocolClients.FtpTests.Faults;

/// <summary>
/// Every public verb × every fault at every reply of the control connection and in the data connection: the right exception within its
/// deadline, no hang, a client that works afterwards, no connection left open, nothing half-written under a final name, nothing applied twice.
/// </summary>
public sealed class FtpFaultMatrixTests
{
    // Commands that change something: none of them is sent twice by an operation with one attempt.
    private static readonly string[] Changing = ["STOR", "APPE", "STOU", "DELE", "RNFR", "RNTO", "MKD", "RMD"];

    internal static readonly FaultKind[] Kinds = [.. Fault.All().Select(static fault => fault.Kind)];

    internal static readonly FaultKind[] Slow = [FaultKind.Latency, FaultKind.Bandwidth, FaultKind.OneByteWrites];

    // A session differs in what becomes of its connection, not in how a transfer ends.
    private static readonly FaultKind[] InSessions = [FaultKind.Truncate, FaultKind.Stall];

    public static TheoryData<string, bool, FaultKind> Cases
    {
        get
        {
            var data = new TheoryData<string, bool, FaultKind>();
            foreach (MethodInfo verb in FtpBench.Verbs)
            {
                foreach (FaultKind kind in Kinds)
                {
                    data.Add(FtpBench.NameOf(verb), verb.DeclaringType == typeof(FtpSession), kind);
                    if (verb.DeclaringType == typeof(FtpAccess) && InSessions.Contains(kind)) data.Add(FtpBench.NameOf(verb), true, kind);
                }
            }

            return data;
        }
    }

    [Fact]
    public void The_verbs_are_found() => Assert.Superset(
        new HashSet<string>
        {
            "ListAsync", "ListNamesAsync", "StatAsync", "ReadTextAsync", "ReadBytesAsync", "OpenReadAsync", "OpenWriteAsync", "DownloadAsync", "UploadAsync",
            "UploadUniqueAsync", "DeleteAsync", "RenameAsync", "CreateDirectoryAsync", "DeleteDirectoryAsync", "SetModifiedAsync", "SetCreatedAsync",
            "SetPermissionsAsync", "SetFactsAsync", "HashAsync", "CapabilitiesAsync", "ConnectAsync", "OpenSessionAsync", "ChangeDirectoryAsync", "SendAsync",
        },
        FtpBench.Verbs.Select(static verb => verb.Name).ToHashSet());

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_verb_ends_as_it_should_wherever_a_reply_breaks(string name, bool asSession, FaultKind kind)
    {
        MethodInfo verb = FtpBench.Verbs.Single(each => FtpBench.NameOf(each) == name);
        (IReadOnlyList<MockFtpCall> calls, Exception? normally) = await CleanAsync(verb, asSession);
        foreach (MockFtpCall call in calls.DistinctBy(Line))
        {
            int at = 0;
            foreach (string reply in call.Replies)
            {
                // Before the reply, and within its text; a fault that lasts has no point.
                foreach (int point in Slow.Contains(kind) ? [0] : (int[])[at, at + 6]) await StrikeAsync(verb, asSession, Of(kind, point), Line(call), atEnd: false, data: false, normally);
                at += reply.Length + 2;
            }

            if (Slow.Contains(kind)) break;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_verb_ends_as_it_should_wherever_its_data_breaks(string name, bool asSession, FaultKind kind)
    {
        MethodInfo verb = FtpBench.Verbs.Single(each => FtpBench.NameOf(each) == name);
        (IReadOnlyList<MockFtpCall> calls, Exception? normally) = await CleanAsync(verb, asSession);
        foreach (MockFtpCall call in calls.Where(static call => call.DataBytes > 0))
        {
            foreach (long point in Slow.Contains(kind) ? [0] : (long[])[0, call.DataBytes / 2, call.DataBytes])
                await StrikeAsync(verb, asSession, Of(kind, point), Line(call), atEnd: point == call.DataBytes, data: true, normally);
        }
    }

    [Theory]
    [InlineData(FaultKind.Truncate)]
    [InlineData(FaultKind.HalfClose)]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.Stall)]
    [InlineData(FaultKind.Garbage)]
    public async Task A_greeting_that_breaks_is_a_connection_that_was_not_made(FaultKind kind)
    {
        foreach (int point in (int[])[0, 2, 6, 20])
        {
            string where = $"greeting, {kind} after {point}";
            await using FtpBench bench = await FtpBench.StartAsync();
            FaultRule rule = bench.Server.Faults.Add(Of(kind, point)).Once();
            Exception? failure = await bench.DriveAsync(ConnectAsync(bench.Client), rule, where);
            Assert.True(
                kind switch
                {
                    FaultKind.Garbage => failure is null or WireFormatException,
                    FaultKind.Stall => failure is TransportException { Error: TransportError.Timeout, Phase: DeadlinePhase.Command, Delivery: Delivery.NotSent },
                    _ => failure is TransportException { Error: TransportError.ConnectionLost, Delivery: Delivery.NotSent },
                },
                $"{where}: {failure?.ToString() ?? "no failure"}");
            bench.Server.Faults.Clear();
            await bench.DriveAsync(NextAsync(bench.Client), where);
        }

        static async Task<Exception?> ConnectAsync(FtpClient ftp)
        {
            try
            {
                await ftp.ConnectAsync();
                return null;
            }
            catch (ProtocolClientException failure)
            {
                return failure;
            }
        }
    }

    // What the verb sends, and how it ends, when nothing goes wrong.
    internal static async Task<(IReadOnlyList<MockFtpCall> Calls, Exception? Failure)> CleanAsync(MethodInfo verb, bool asSession, FaultMode? mode = null)
    {
        await using FtpBench bench = await FtpBench.StartAsync(mode?.Client, mode?.Server);
        FtpAccess access = await bench.AccessAsync(verb, asSession);
        int before = bench.Server.Calls.Count;
        Exception? failure = await bench.DriveAsync(bench.RunAsync(verb, access), FtpBench.NameOf(verb));
        Assert.True(failure is null or CapabilityMissingException, $"{FtpBench.NameOf(verb)}: {failure}");
        // What a server does not know is no fault of the client's.
        Assert.DoesNotContain(bench.Server.Calls.Problems, static call => call.Code != 500);
        return ([.. bench.Server.Calls.Skip(before).Where(static call => call.Verb != "QUIT")], failure);
    }

    internal static async Task StrikeAsync(
        MethodInfo verb, bool asSession, Fault fault, string command, bool atEnd, bool data, Exception? normally, FaultMode? mode = null)
    {
        string where = $"{mode?.Name} {FtpBench.NameOf(verb)}{(asSession ? " of a session" : "")}: {fault} {(data ? "in the data" : "in the reply")} of {command}";
        await using FtpBench bench = await FtpBench.StartAsync(mode?.Client, mode?.Server);
        FtpAccess access = await bench.AccessAsync(verb, asSession);
        MockFtpServer server = bench.Server;
        bool isUpload = command.StartsWith("STO", StringComparison.Ordinal) || command.StartsWith("APPE", StringComparison.Ordinal);
        FaultRule rule = (data ? server.DataFaults : server.Faults).Add(fault);
        if (!Slow.Contains(fault.Kind)) rule.On(line => IsOf(line, command)).Once();
        if (data && isUpload) rule.Receiving();
        int before = server.Calls.Count;
        Exception? failure = await bench.DriveAsync(bench.RunAsync(verb, access), rule, where);
        Assert.True(rule.Strikes > 0, $"{where} did not strike\n{server.Calls}");
        bool verifies = verb.Name is "UploadAsync" || (verb.Name == "DownloadAsync" && verb.GetParameters()[1].ParameterType == typeof(string));
        Assert.True((mode ?? FaultMode.Clear).IsRight(fault, data, isUpload, atEnd, verifies, failure, normally), $"{where}: {failure?.ToString() ?? "no failure"}\n{server.Calls}");

        // Nothing was applied twice, and nothing stands half-written under a final name.
        foreach (string change in Changing) Assert.True(server.Calls.Skip(before).Count(call => call.Verb == change) <= 1, $"{where}: {server.Calls}");
        if (verb.Name == "DownloadAsync")
        {
            foreach (string file in bench.LocalNames()) Assert.Equal(FtpBench.Content, await File.ReadAllBytesAsync(bench.Local(file)));
        }

        if (verb.Name == "UploadAsync")
        {
            foreach (string file in bench.RemoteNames().Where(static file => file == "pub/sent.bin")) Assert.Equal(FtpBench.Content, server.Files[file].ToArray());
        }

        // The fault is gone: the same object works, whatever became of its connection, and no second connection is left.
        server.Faults.Clear();
        server.DataFaults.Clear();
        await bench.DriveAsync(NextAsync(access), where + ", the next");
        if (fault.Kind != FaultKind.Stall) await bench.UntilAsync(() => server.OpenConnections == 1 && server.OpenDataConnections == 0, where + ": a connection stays open");
        if (access is not FtpClient) await access.DisposeAsync();
        await bench.DriveAsync(NextAsync(bench.Client), where + ", the client's next");
        await bench.Client.DisposeAsync();
        // A server that stalls does not look whether anybody is there.
        if (fault.Kind != FaultKind.Stall) await bench.UntilAsync(() => server.OpenConnections == 0, where + ": a connection stays open");
    }

    internal static Fault Of(FaultKind kind, long afterBytes) => Fault.All(afterBytes).Single(fault => fault.Kind == kind);

    private static async Task<bool> NextAsync(FtpAccess access)
    {
        byte[] content = await access.ReadBytesAsync("/pub/sub/b.txt");
        return content is [(byte)'b'] ? true : throw new InvalidOperationException("Another file's content came.");
    }

    // The log of calls has no passwords.
    private static bool IsOf(string line, string command) => line == command || (command.EndsWith("***", StringComparison.Ordinal) && line.StartsWith(command[..^3], StringComparison.Ordinal));

    internal static string Line(MockFtpCall call) => call.Argument.Length == 0 ? call.Verb : call.Verb + " " + call.Argument;
}
