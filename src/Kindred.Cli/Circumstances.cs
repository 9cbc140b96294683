using System.Net.Sockets;

namespace Kindred.Cli;

/// <summary>Tells what the caller or the machine is to blame for from what is a bug.</summary>
internal static class Circumstances
{
    /// <returns>One sentence: what, where, what to do; null: it is a bug.</returns>
    public static string? SentenceOf(Exception exception) => exception switch
    {
        InputException => exception.Message,
        OutOfMemoryException =>
            "There is not enough memory for this; use less data, smaller options (such as dimensions), fewer --threads or a larger machine.",
        UnauthorizedAccessException => $"{exception.Message.TrimEnd('.')}; check its kind and permissions.",
        SocketException => $"The network cannot be used: {exception.Message}.",
        IOException => $"Reading or writing failed: {exception.Message}",
        DllNotFoundException or BadImageFormatException => $"A library of Kindred cannot be loaded: {exception.Message}",
        AggregateException many => many.InnerExceptions.Select(SentenceOf).Aggregate((a, b) => a is null || b is null ? null : a),
        TypeInitializationException { InnerException: { } cause } => SentenceOf(cause),
        _ => null,
    };
}
