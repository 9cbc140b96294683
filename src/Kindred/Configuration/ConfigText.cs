using System.Text;
using System.Text.Json;
using Kindred.Models;
using Kindred.Reranking;
using Kindred.Reranking.Rules;
using Kindred.Storage;

namespace Kindred.Configuration;

/// <summary>The text of a config: reads it, and knows the line and column of everything in it.</summary>
internal sealed class ConfigText
{
    private static readonly JsonReaderOptions Reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    // The places of all values are kept by their paths: these bound their memory.
    private const int MostLevels = 32, MostValues = 200_000, LongestPath = 256;

    private readonly byte[] _bytes;
    private readonly Dictionary<string, long> _offsets = new(StringComparer.Ordinal); // by path, of the first byte

    /// <param name="name">Its file, or what else sentences call it.</param>
    /// <exception cref="InputException">It is no JSON.</exception>
    public ConfigText(string name, string text)
    {
        (Name, _bytes) = (name, Encoding.UTF8.GetBytes(text.TrimStart('\uFEFF')));
        try
        {
            var reader = new Utf8JsonReader(_bytes, Reading);
            reader.Read();
            Visit(ref reader, "$");
            reader.Read(); // nothing may follow
        }
        catch (JsonException error)
        {
            throw new InputException(
                $"{Name}, line {error.LineNumber + 1}, column {error.BytePositionInLine + 1}: this is no JSON; look for a comma, quote " +
                $"or bracket there.", error);
        }
        catch (InvalidOperationException error)
        {
            throw new InputException($"{Name} has a text with half of a character; look for a lone \\ud8 to \\udf.", error);
        }
    }

    public string Name { get; }

    /// <returns>"file, line 3, column 5": where something stands.</returns>
    /// <param name="path">Such as <c>$.sources[0].count</c>; of one that is not there, the nearest that holds it.</param>
    public string At(string path)
    {
        long offset;
        while (!_offsets.TryGetValue(path, out offset)) path = path[..Math.Max(1, path.LastIndexOfAny(['.', '[']))];
        return At(offset);
    }

    private string At(long offset)
    {
        var before = _bytes.AsSpan(0, (int)offset);
        int lineStart = before.LastIndexOf((byte)'\n') + 1;
        return $"{Name}, line {before.Count((byte)'\n') + 1}, column {Encoding.UTF8.GetCharCount(before[lineStart..]) + 1}";
    }

    /// <summary>Reads a pipeline, with the files that it names.</summary>
    /// <exception cref="InputException">Something is not as it should be: where, and what there is.</exception>
    internal PipelineConfig Read(TrainerCatalog? trainers)
    {
        var config = ReadAs<PipelineConfig>() with { Text = this, Catalog = trainers ?? TrainerCatalog.Default };
        config = config with { Rerank = [.. config.Rerank.Select(WithFile)], Ranker = WithPath(config.Ranker) };
        ConfigCheck.Check(config);
        return config;
    }

    private T ReadAs<T>()
    {
        using var document = JsonDocument.Parse(
            _bytes, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        new ConfigShape(this).Check(document.RootElement, typeof(T), "$");
        try
        {
            return document.Deserialize(ConfigJson.Options.ContractOf<T>())!;
        }
        catch (JsonException error)
        {
            throw new InputException($"{At(error.Path ?? "$")}: {error.Message}", error);
        }
    }

    private Reranker WithFile(Reranker stage, int n)
    {
        if (stage is not RulesReranker rules) return stage;
        string at = At($"$.rerank[{n}]");
        if (rules.File is null == rules.Rules is null) throw new InputException($"{at}: rules are needed, either in a file or here.");
        if (rules.File is null) return stage;
        string path = PathOf(rules.File);
        try
        {
            return rules with { File = null, Rules = new ConfigText(path, TextFile.Read(path)).ReadAs<RuleConfig[]>() };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{at}: the rules {path} cannot be read: {error.Message}", error);
        }
    }

    private RankerConfig? WithPath(RankerConfig? ranker) => ranker is FileRankerConfig inFile
        ? inFile with { File = PathOf(inFile.File) } : ranker;

    private string PathOf(string file) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(Name)) ?? "", file);

    private void Visit(ref Utf8JsonReader reader, string path)
    {
        CheckSize(path, reader);
        _offsets.TryAdd(path, reader.TokenStartIndex);
        if (reader.TokenType == JsonTokenType.String) reader.GetString(); // throws where it is no text
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (int n = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; n++) Visit(ref reader, $"{path}[{n}]");
        }
        else if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                (string member, long start) = ($"{path}.{reader.GetString()}", reader.TokenStartIndex);
                CheckSize(member, reader);
                if (!_offsets.TryAdd(member, start))
                    throw new InputException($"{At(start)}: '{PlainText.Shorten(reader.GetString()!)}' is there twice; leave out one.");
                reader.Read();
                Visit(ref reader, member);
            }
        }
    }

    private void CheckSize(string path, in Utf8JsonReader reader)
    {
        if (reader.CurrentDepth > MostLevels)
            throw new InputException($"{At(reader.TokenStartIndex)}: more than {MostLevels} levels are inside each other.");
        if (path.Length > LongestPath)
            throw new InputException($"{At(reader.TokenStartIndex)}: the names that lead here have more than {LongestPath} characters.");
        if (_offsets.Count >= MostValues)
            throw new InputException($"{At(reader.TokenStartIndex)}: there are more than {MostValues} values.");
    }
}
