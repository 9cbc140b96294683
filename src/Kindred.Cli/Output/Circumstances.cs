using System.Runtime.CompilerServices;
using Kindred.Store;

namespace Kindred.Cli.Output;

/// <summary>Tells what the caller or the machine is to blame for from what is a bug.</summary>
internal static class Circumstances
{
    /// <returns>One sentence: what, where, what to do; null: it is a bug.</returns>
    public static string? SentenceOf(Exception exception) => exception switch
    {
        InputException => exception.Message,
        OutOfMemoryException =>
            "There is not enough memory for this; use less data, smaller options (such as dimensions), "
            + "fewer --threads or a larger machine.",
        UnauthorizedAccessException => $"{exception.Message.TrimEnd('.')}; check its kind and permissions.",
        // The runtime looks for these late, and does not say that it may open no more files.
        FileNotFoundException { FileName: { } part } when IsAssembly(exception) => NotLoaded(part),
        FileLoadException { FileName: { } part } => NotLoaded(part),
        DllNotFoundException => NotLoaded(exception.Message),
        IOException => $"Reading or writing failed: {exception.Message}",
        // A bug, if any of them is.
        AggregateException many => many.InnerExceptions.Select(SentenceOf).Aggregate((a, b) => a is null || b is null ? null : a),
        TypeInitializationException or TaskSchedulerException when exception.InnerException is { } cause => SentenceOf(cause),
        _ => SentenceOfStore(exception),
    };

    /// <summary>Apart, so that the store's assembly is not needed to say that no assembly can be loaded.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string? SentenceOfStore(Exception exception) => exception is StoreUnavailableException ? exception.Message : null;

    private static bool IsAssembly(Exception exception) =>
        exception.Message.StartsWith("Could not load file or assembly", StringComparison.Ordinal);

    private static string NotLoaded(string part) =>
        "A part of Kindred cannot be loaded: too few files may be open (ulimit -n), or it is not installed completely: "
        + part.Split('\n')[0];
}
