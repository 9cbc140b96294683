using System.IO.Compression;
using System.Text;
using Kindred.Data;
using Kindred.Import;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Native.Tests.Import;

/// <summary>A folder to write files into, import them, and look at the result.</summary>
internal sealed class ImportSandbox : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private DataFolder? _opened;

    public string Path => _folder.Path;

    /// <summary>Where imports go.</summary>
    public string Target => _folder.File("target");

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        if (!name.EndsWith(".gz", StringComparison.Ordinal)) File.WriteAllBytes(path, bytes);
        else
        {
            using var stream = new GZipStream(File.Create(path), CompressionLevel.Fastest);
            stream.Write(bytes);
        }
        return path;
    }

    /// <summary>Writes the result of a query, for formats that only the engine writes.</summary>
    public string Copy(string name, string query, string format)
    {
        string path = _folder.File(name);
        using var engine = new DuckDbSession(DraftFolder.Create(Target), Cancellation);
        engine.Execute($"COPY ({query}) TO {Sql.Literal(path)} ({format})");
        return path;
    }

    public ImportSummary Import(ImportOptions options) => Importer.Import(options, Target, null, Cancellation);

    public ImportSummary Import(params string[] sources) => Import(new ImportOptions { Sources = sources });

    public ImportSummary ImportText(string text) => Import(Write("events.csv", text));

    public string Refusal(ImportOptions options) => Assert.Throws<InputException>(() => Import(options)).Message;

    public string Refusal(params string[] sources) => Refusal(new ImportOptions { Sources = sources });

    public string RefusalOfText(string text) => Refusal(Write("events.csv", text));

    public DataFolder Result => _opened ??= DataFolder.Open(Target);

    /// <summary>All events, users in index order: <c>user item weight time</c>.</summary>
    public string[] Events => EventsOf(Result.Interactions);

    public static string[] EventsOf(Interactions interactions)
    {
        var histories = interactions.Histories;
        var events = new List<string>();
        for (int user = 0; user < interactions.Users.Count; user++)
            for (int n = histories.Starts.Span[user]; n < histories.Starts.Span[user + 1]; n++)
                events.Add(
                    $"{interactions.Users.Id(user)} {interactions.Items.Id(histories.Items.Span[n])} {histories.Weights.Span[n]}"
                    + (histories.HasTimes ? $" {histories.Times.Span[n]}" : ""));
        return [.. events];
    }

    public void Dispose()
    {
        _opened?.Dispose();
        _folder.Dispose();
    }
}
