namespace Kindred.Cli.Output;

/// <summary>What people type, or a pipe brings.</summary>
internal static class StandardInput
{
    /// <summary>
    /// Waits for a line on another thread: a read of a terminal or a pipe cannot be cancelled, only left behind, and the process ends
    /// without it.
    /// </summary>
    /// <returns>Null: there are no more.</returns>
    /// <exception cref="OperationCanceledException">The command was stopped.</exception>
    public static Task<string?> ReadLineAsync(CancellationToken cancellation) =>
        Task.Run(Console.In.ReadLine, cancellation).WaitAsync(cancellation);
}
