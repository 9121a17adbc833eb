using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace ProtocolClients.Tool;

/// <summary>
/// Where a command writes: data to standard output, everything else to standard error. Handed in, so that tests see both.
/// </summary>
internal sealed class Terminal(TextWriter output, TextWriter error, Func<Stream> openOutput, bool isInteractive)
{
    /// <summary>Lines of results.</summary>
    public TextWriter Output => output;

    /// <summary>Messages and progress.</summary>
    public TextWriter Error => error;

    /// <summary>True when a person watches standard error: progress bars are drawn only then.</summary>
    public bool IsInteractive => isInteractive;

    /// <summary>Standard output as bytes.</summary>
    public Stream OpenOutput() => openOutput();

    /// <summary>A failure, with text from servers escaped.</summary>
    public void Fail(string subject, Exception failure)
    {
        // Who closed the pipe knows.
        if (ExitCode.Of(failure) == ExitCode.BrokenPipe) return;
        error.WriteLine(TerminalText.Escape($"pcl: {subject}: {ExitCode.Sentence(failure)}"));
        if (failure is not TransportException { Attempts.Count: > 1 } transport) return;
        foreach (DialAttempt attempt in transport.Attempts)
            error.WriteLine(TerminalText.Escape($"pcl:   {attempt.Address}: {attempt.Failure?.Message ?? "abandoned"} ({attempt.Elapsed.TotalMilliseconds:F0} ms)"));
    }

    /// <summary>Asks a person for a secret, which is not shown while it is typed.</summary>
    /// <exception cref="UsageException">Nobody is there to be asked.</exception>
    public string AskSecret(string prompt)
    {
        if (!isInteractive || Console.IsInputRedirected) throw new UsageException("The password is missing, and there is no terminal to ask for it.");
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        return console.Prompt(new TextPrompt<string>(Markup.Escape(prompt)) { IsSecret = true, Mask = null, AllowEmpty = true });
    }

    public static Terminal OfProcess() => new(Console.Out, Console.Error, StandardOutput, !Console.IsErrorRedirected);

    /// <summary>The platform's own stream is silent about a pipe that nobody reads any more: a download into it would go on to its end.</summary>
    private static Stream StandardOutput()
    {
        if (OperatingSystem.IsWindows()) return Console.OpenStandardOutput();
        return new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
    }
}
