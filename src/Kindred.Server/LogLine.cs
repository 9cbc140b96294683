using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Kindred.Server;

/// <summary>One line an event, with UTC time. Whatever a request brings along, it cannot begin another line or steer a terminal: see <see
/// cref="PlainText"/>.</summary>
internal sealed class LogLine() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "kindred";

    /// <summary>Instead of what the host logs with.</summary>
    /// <param name="isJson">A JSON object a line, for programs that collect logs.</param>
    public static void Use(ILoggingBuilder logging, bool isJson = false)
    {
        logging.ClearProviders()
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // a failed start is thrown to the caller
        if (isJson) logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
        else
            logging.AddConsole(console => console.FormatterName = FormatterName)
                .AddConsoleFormatter<LogLine, ConsoleFormatterOptions>();
    }

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string level = entry.LogLevel switch
        {
            LogLevel.Trace => "trce",
            LogLevel.Debug => "dbug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            _ => "crit",
        };
        string time = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        string line = $"{time} {level}: {entry.Category}[{entry.EventId.Id}] {entry.Formatter(entry.State, entry.Exception)}";
        if (entry.Exception is { } exception) line = $"{line} {exception.ToString().ReplaceLineEndings(" ")}";
        textWriter.WriteLine(PlainText.OneLine(line));
    }
}
