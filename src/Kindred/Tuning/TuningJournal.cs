using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Storage;

namespace Kindred.Tuning;

/// <summary>
/// The finished trials of a search, on disk: JSON lines, the first of which says what is searched. A line is on the disk before the next
/// trial begins, and one that was cut short by a crash is dropped, so a search that is begun again continues as if it had not been
/// interrupted.
/// </summary>
internal sealed class TuningJournal : IDisposable
{
    /// <summary>The first line names it.</summary>
    public const string Kind = "kindred tuning";

    private static readonly TuningJson OneLine = new(new(TuningJson.Kept.Options) { WriteIndented = false });

    private readonly FileStream? _file;

    private TuningJournal(FileStream? file, IReadOnlyList<Trial> trials) => (_file, Trials) = (file, trials);

    /// <summary>Those that were read, by number.</summary>
    public IReadOnlyList<Trial> Trials { get; }

    /// <param name="path">Null: nothing is kept.</param>
    /// <param name="search">What is searched, and how.</param>
    /// <param name="fresh">Empty a journal that is there, of whatever search.</param>
    /// <exception cref="InputException">The file is no journal, damaged, of another search, in use, or cannot be written.</exception>
    public static TuningJournal Open(string? path, JsonObject search, bool fresh)
    {
        if (path is null) return new(null, []);
        FileStream? file = null;
        try
        {
            // Not shared: two searches that write to one journal would both be lost.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var trials = Read(path, file, search, fresh);
            return new(file, trials);
        }
        catch (Exception e)
        {
            file?.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new InputException($"{path} cannot be written, or is in use: {e.Message}", e);
            throw;
        }
    }

    /// <summary>What a file says, without a search.</summary>
    /// <returns>What is searched, and the finished trials by number; null: it is no journal, or a search writes it now.</returns>
    /// <exception cref="InputException">It is damaged.</exception>
    public static (JsonObject Search, IReadOnlyList<Trial> Trials)? Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            int whole = Array.LastIndexOf(bytes, (byte)'\n');
            string[] lines = whole <= 0 ? [] : Encoding.UTF8.GetString(bytes, 0, whole).Split('\n');
            if (!IsHead(lines.FirstOrDefault(), new() { ["kind"] = Kind })) return null;
            return (JsonNode.Parse(lines[0])!.AsObject(),
                [.. lines.Skip(1).Select((line, n) => ParseTrial(path, line, n + 2)).OrderBy(trial => trial.Number)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Safe to call from any thread.</summary>
    public void Add(Trial trial)
    {
        if (_file is null) return;
        lock (_file) Write(_file, JsonSerializer.SerializeToUtf8Bytes(trial, OneLine.Trial));
    }

    public void Dispose() => _file?.Dispose();

    private static void Write(FileStream file, byte[] line)
    {
        file.Write([.. line, (byte)'\n']);
        file.Flush(flushToDisk: true);
    }

    private static List<Trial> Read(string path, FileStream file, JsonObject search, bool fresh)
    {
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        int whole = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        string head = search.ToJsonString(OneLine.Options);
        string[] lines = whole == 0 ? [] : Encoding.UTF8.GetString(bytes, 0, whole - 1).Split('\n');
        // Nothing, or a head that was cut short; a file of another program is left alone.
        bool isEmpty = lines.Length == 0 && Encoding.UTF8.GetBytes(head).AsSpan().StartsWith(bytes);
        if (isEmpty || (fresh && IsHead(lines.FirstOrDefault(), search)))
        {
            file.SetLength(0);
            Write(file, Encoding.UTF8.GetBytes(head));
            return [];
        }
        if (!IsHead(lines.FirstOrDefault(), search))
            throw new InputException($"{path} exists and is not the journal of a search; name another file.");
        if (!IsSame(lines[0], head)) throw OfAnother(path, JsonNode.Parse(lines[0])!.AsObject(), search);
        var trials = new List<Trial>();
        for (int n = 1; n < lines.Length; n++) trials.Add(ParseTrial(path, lines[n], n + 1));
        if (trials.GroupBy(t => t.Number).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"{path} is damaged: trial {twice.Key} is in it twice; start over with another file.");
        file.SetLength(whole);
        file.Position = whole;
        return [.. trials.OrderBy(t => t.Number)];
    }

    private static Trial ParseTrial(string path, string line, int number)
    {
        try
        {
            if (JsonSerializer.Deserialize(line, OneLine.Trial) is { Number: >= 0, Options: not null } trial) return trial;
        }
        catch (JsonException) { }
        throw new InputException(
            $"{path} is damaged: line {number} is no trial; remove the lines from there on, or start over with another file.");
    }

    private static bool IsHead(string? line, JsonObject search)
    {
        try { return line is not null && JsonNode.Parse(line) is JsonObject head && JsonNode.DeepEquals(head["kind"], search["kind"]); }
        catch (JsonException) { return false; }
    }

    /// <summary>An option that is empty says nothing: one that a later version adds does not make another search.</summary>
    private static bool IsSame(string there, string here)
    {
        if (there == here) return true;
        return JsonNode.DeepEquals(WithoutEmptyOptions(there), WithoutEmptyOptions(here));

        static JsonObject WithoutEmptyOptions(string text)
        {
            var search = JsonNode.Parse(text)!.AsObject();
            if (search["fixed"] is not JsonObject options) return search;
            string[] empty = [.. options.Where(option => $"{option.Value}".Length == 0).Select(option => option.Key)];
            foreach (string name in empty) options.Remove(name);
            return search;
        }
    }

    private static InputException OfAnother(string path, JsonObject other, JsonObject search)
    {
        string what = search.Select(p => p.Key).Union(other.Select(p => p.Key)).First(key => TextOf(search[key]) != TextOf(other[key]));
        return new($"{path} is the journal of another search: {what} is {TextOf(other[what])} there and {TextOf(search[what])} here; "
            + "name another file, or start over.");
    }

    private static string TextOf(JsonNode? node) =>
        node is null ? "nothing" : node is JsonValue ? node.ToString() : node.ToJsonString(OneLine.Options);
}
