using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace ProtocolClients.Tool;

/// <summary>
/// Where a command writes: data to standard output, everything else to standard error. Handed in, so that tests see both.
/// </summary>
internal sealed class Terminal(
    TextWriter output, TextWriter error, Func<Stream> openOutput, bool isInteractive, Func<Stream>? openInput = null, TimeProvider? time = null)
{
    private const int Columns = 80;
    private const int Rows = 24;

    private ProgressBoard? _board;

    /// <summary>Lines of results.</summary>
    public TextWriter Output => output;

    /// <summary>Messages and progress.</summary>
    public TextWriter Error => error;

    /// <summary>True when a person watches standard error: progress is drawn only then.</summary>
    public bool IsInteractive => isInteractive;

    /// <summary>The time by which progress is drawn, and limits of what is copied to standard output are kept.</summary>
    public TimeProvider Time => time ?? TimeProvider.System;

    /// <summary>Where progress is drawn; made when it is first asked for, once, however many ask at the same time.</summary>
    public ProgressBoard Board => _board ?? Interlocked.CompareExchange(ref _board, new ProgressBoard(error, Size, Time), null) ?? _board;

    /// <summary>Standard output as bytes.</summary>
    public Stream OpenOutput() => openOutput();

    /// <summary>Standard input as bytes.</summary>
    public Stream OpenInput() => openInput?.Invoke() ?? Stream.Null;

    /// <summary>A message, above whatever moves.</summary>
    public void Tell(string text)
    {
        text = TerminalText.Escape(text);
        if (_board is { } board) board.Print(text);
        else lock (error) error.WriteLine(text);
    }

    /// <summary>A failure, with text from servers escaped.</summary>
    public void Fail(string subject, Exception failure)
    {
        // Who closed the pipe knows.
        if (ExitCode.Of(failure) == ExitCode.BrokenPipe) return;
        string sentence = ExitCode.Sentence(failure);
        // A URL that the sentence names stands there once.
        Tell(subject.Contains("://", StringComparison.Ordinal) && sentence.Contains(subject, StringComparison.Ordinal) ? $"pcl: {sentence}" : $"pcl: {subject}: {sentence}");
        if (failure is not TransportException { Attempts.Count: > 1 } transport) return;
        foreach (DialAttempt attempt in transport.Attempts)
            Tell($"pcl:   {attempt.Address}: {attempt.Failure?.Message ?? "abandoned"} ({attempt.Elapsed.TotalMilliseconds:F0} ms)");
    }

    /// <summary>Asks a person for a secret, which is not shown while it is typed.</summary>
    /// <exception cref="UsageException">Nobody is there to be asked.</exception>
    public string AskSecret(string prompt)
    {
        if (!isInteractive || Console.IsInputRedirected) throw new UsageException("The password is missing, and there is no terminal to ask for it.");
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        return console.Prompt(new TextPrompt<string>(Markup.Escape(prompt)) { IsSecret = true, Mask = null, AllowEmpty = true });
    }

    public static Terminal OfProcess()
    {
        FillClosedStreams();
        return new Terminal(Console.Out, new ForgivingWriter(Console.Error), StandardOutput.Open, !Console.IsErrorRedirected, StandardInput.Open);
    }

    /// <summary>
    /// A standard stream that was closed leaves its number to the next file that is opened, and what is told to a person would be
    /// written into a download.
    /// </summary>
    private static void FillClosedStreams()
    {
        if (OperatingSystem.IsWindows()) return;
        while (true)
        {
            SafeFileHandle handle = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (handle.DangerousGetHandle() > 2)
            {
                handle.Dispose();
                return;
            }

            // Stays open as long as the process.
            handle.SetHandleAsInvalid();
        }
    }

    private static (int Width, int Height) Size()
    {
        try
        {
            return (Console.WindowWidth > 0 ? Console.WindowWidth : Columns, Console.WindowHeight > 0 ? Console.WindowHeight : Rows);
        }
        catch (IOException)
        {
            return (Columns, Rows);
        }
    }
}
