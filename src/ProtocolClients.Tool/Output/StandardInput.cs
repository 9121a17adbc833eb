using System.IO.Pipelines;

namespace ProtocolClients.Tool;

/// <summary>
/// Standard input as bytes. Nothing breaks off a read of a terminal or a pipe that gives nothing: it waits on another thread, and whoever
/// asked for the bytes can stop waiting, so that Ctrl-C ends a command that was given no list.
/// </summary>
internal static class StandardInput
{
    public static Stream Open()
    {
        var pipe = new Pipe();
        _ = Task.Run(() => PumpAsync(pipe.Writer));
        return pipe.Reader.AsStream();
    }

    private static async Task PumpAsync(PipeWriter writer)
    {
        try
        {
            Stream input = Console.OpenStandardInput();
            await using (input) await input.CopyToAsync(writer);
            await writer.CompleteAsync();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // Whoever reads is told; a reader that is gone already is not.
            await writer.CompleteAsync(failure);
        }
    }
}
