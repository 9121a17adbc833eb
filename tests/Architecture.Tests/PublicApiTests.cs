using System.Reflection;
using System.Text;
using ProtocolClients;

namespace Architecture.Tests;

/// <summary>
/// The public face of each package is a text file that is reviewed with the change: PublicApi/PACKAGE.txt. After a change that
/// is meant, run these tests with <c>PROTOCOLCLIENTS_ACCEPT_API=1</c> and commit the files.
/// </summary>
public sealed class PublicApiTests
{
    // What ends by something else than a token: the grace of a stop, the server that a handed-over stream belongs to, the
    // connection that is being half-closed.
    private static readonly string[] EndOtherwise = ["StreamServer.StopAsync", "StreamServer.Accept", "ServerConnection.CompleteWritesAsync"];

    public static TheoryData<string> Packages => Repository.PackageNames;

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_public_API_is_the_reviewed_one(string package)
    {
        string expectedPath = Path.Combine(Repository.Root, "tests", "Architecture.Tests", "PublicApi", package + ".txt");
        string receivedPath = Path.ChangeExtension(expectedPath, ".received.txt");
        IReadOnlyList<string> received = ApiListing.Of(Repository.AssemblyOf(package));
        if (Environment.GetEnvironmentVariable("PROTOCOLCLIENTS_ACCEPT_API") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(expectedPath)!);
            File.WriteAllText(expectedPath, Text(received));
        }

        string[] expected = File.Exists(expectedPath) ? File.ReadAllLines(expectedPath) : [];
        string difference = Difference(expected, received);
        if (difference.Length == 0) File.Delete(receivedPath);
        else File.WriteAllText(receivedPath, Text(received));
        Assert.True(
            difference.Length == 0,
            $"The public API of {package} is not the reviewed one. If the change is meant, run the tests with PROTOCOLCLIENTS_ACCEPT_API=1 "
            + $"and commit the file.\n{difference}");
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Every_public_async_method_takes_a_cancellation_token_last(string package) =>
        Assert.Empty(Repository.AssemblyOf(package).GetExportedTypes().SelectMany(WithoutToken).Except(EndOtherwise));

    [Theory]
    [MemberData(nameof(Packages))]
    public void Every_public_exception_is_of_the_tree(string package)
    {
        // Servers stands beside Transport and sees no tree; a mock server's complaints are for the test that runs it.
        if (package is "ProtocolClients.Servers" or "ProtocolClients.Testing") return;
        Assert.Empty(Repository.AssemblyOf(package).GetExportedTypes().Where(IsStray).Select(t => t.FullName));
    }

    [Fact]
    public void A_method_without_a_token_and_a_stray_exception_are_found()
    {
        Assert.Equal(["Sample.NoTokenAsync", "Sample.Stream", "Sample.TokenFirstAsync"], WithoutToken(typeof(Sample)).Order());
        Assert.True(IsStray(typeof(InvalidDataException)));
        Assert.False(IsStray(typeof(TransportException)));
    }

    [Fact]
    public void The_listing_shows_what_a_caller_depends_on() => Assert.Equal(
        [
            "class Architecture.Tests.PublicApiTests.Sample : IAsyncDisposable",
            "    IList<string?>? Names { get; init; }",
            "    Task NoTokenAsync(int a = 3)",
            "    Task TokenAsync(CancellationToken cancellationToken = default)",
            "    Task<int> TokenFirstAsync(CancellationToken cancellationToken, int b)",
            "    ValueTask DisposeAsync()",
            "    new()",
            "    static IAsyncEnumerable<int?> Stream()",
        ],
        ApiListing.Of(typeof(Sample)));

    [Fact]
    public void A_difference_names_what_went_and_what_came() =>
        Assert.Equal("- b\n+ c", Difference(["a", "b", "d"], ["a", "c", "d"]));

    private static string Text(IReadOnlyList<string> lines)
    {
        var text = new StringBuilder();
        foreach (string line in lines) text.Append(line).Append('\n');
        return text.ToString();
    }

    private static string Difference(IReadOnlyList<string> expected, IReadOnlyList<string> received) =>
        string.Join('\n', WithTypes(expected).Except(WithTypes(received)).Select(l => "- " + l)
            .Concat(WithTypes(received).Except(WithTypes(expected)).Select(l => "+ " + l)));

    // A member's line says nothing without its type's.
    private static IEnumerable<string> WithTypes(IEnumerable<string> lines)
    {
        string type = string.Empty;
        foreach (string line in lines)
        {
            bool member = line.StartsWith(' ');
            if (!member) type = line.Split(" : ")[0];
            yield return member ? $"{type}: {line.Trim()}" : line;
        }
    }

    private static IEnumerable<string> WithoutToken(Type type) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(m => !typeof(Delegate).IsAssignableFrom(type) && IsAsync(m.ReturnType) && !m.IsSpecialName && m.Name != nameof(IAsyncDisposable.DisposeAsync))
            .Where(m => m.GetBaseDefinition().DeclaringType!.Assembly == type.Assembly)
            .Where(m => m.GetParameters().LastOrDefault()?.ParameterType != typeof(CancellationToken))
            .Select(m => $"{type.Name}.{m.Name}");

    private static bool IsAsync(Type type) =>
        type == typeof(Task) || type == typeof(ValueTask)
        || (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>)
            || type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>)));

    private static bool IsStray(Type type) => typeof(Exception).IsAssignableFrom(type) && !typeof(ProtocolClientException).IsAssignableFrom(type);

    public class Sample : IAsyncDisposable
    {
        public IList<string?>? Names { get; init; }

        public static IAsyncEnumerable<int?> Stream() => throw new NotSupportedException();

        public Task NoTokenAsync(int a = 3) => Task.CompletedTask;

#pragma warning disable CA1068 // The fault that the test looks for.
        public Task<int> TokenFirstAsync(CancellationToken cancellationToken, int b) => Task.FromResult(b);
#pragma warning restore CA1068

        public Task TokenAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            GC.SuppressFinalize(this);
            return ValueTask.CompletedTask;
        }
    }
}
