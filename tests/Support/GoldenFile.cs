using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kindred.Tests.Support;

/// <summary>What a query was answered, whole and as people read it.</summary>
/// <param name="Best">The ids of the best items, best first.</param>
/// <param name="Scores">[items]</param>
internal sealed record GoldenAnswer(string Query, string Best, ReadOnlyMemory<float> Scores);

/// <summary>
/// Answers that were recorded, and must stay: a JSON file in the source tree. The bits of the scores are compared where they can be
/// equal, so there is a hash of them for each width of vectors; elsewhere the lists of the best items, which may differ a little. The
/// lists say what has changed.
/// </summary>
/// <remarks>
/// To accept new answers on purpose, run the tests with <c>KINDRED_ACCEPT_GOLDENS=1</c>, once for each width: as it is (512 bits on a
/// processor that has them), then with <c>DOTNET_EnableAVX512=0</c> (256), <c>DOTNET_EnableAVX2=0</c> (128) and
/// <c>DOTNET_EnableHWIntrinsic=0</c> (scalar). Bits that changed remove those of the other widths. Exponentials and logarithms are the
/// C library's, which has other versions for processors without fused multiply-add and on other systems: bits are compared on Linux and
/// x64, recorded on a processor that has it.
/// </remarks>
/// <param name="path">From the repository's root.</param>
/// <param name="processor">The kind of processor, where bits depend on more than the width of vectors; empty: they do not.</param>
internal sealed class GoldenFile(string path, string processor = "")
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly bool Accepts = Environment.GetEnvironmentVariable("KINDRED_ACCEPT_GOLDENS") == "1";

    private readonly string _path = Path.Combine(RealData.Root, path);

    private readonly string _bits = (Vector512.IsHardwareAccelerated ? "512" : Vector256.IsHardwareAccelerated ? "256"
        : Vector128.IsHardwareAccelerated ? "128" : "scalar") + (processor.Length > 0 ? $" {processor}" : "");

    private static readonly bool HasComparableBits = RuntimeInformation.RuntimeIdentifier == "linux-x64";

    /// <summary>Compares with what was recorded under the name, or records it.</summary>
    public void Check(string name, IReadOnlyList<GoldenAnswer> answers)
    {
        var best = new JsonObject(answers.Select(answer => KeyValuePair.Create(answer.Query, (JsonNode?)answer.Best)));
        string bits = BitsOf(answers);
        var all = Read();
        if (Accepts) Record(all, name, best, bits);
        if (all[name] is not JsonObject golden)
        {
            Assert.Fail($"{path} has nothing of {name}. {HowToAccept}");
            return;
        }
        string? recorded = HasComparableBits ? (string?)golden["bits"]![_bits] : null;
        if (recorded == bits) return;
        if (recorded is not null)
        {
            var before = golden["best"]!.AsObject().Select(list => $"{list.Key}: {list.Value}");
            Assert.Equal(before, answers.Select(answer => $"{answer.Query}: {answer.Best}"));
            Assert.Fail($"{name}: the bits of the scores have changed; the best items have not. {HowToAccept}");
        }
        if (HasComparableBits && processor.Length == 0) Assert.Fail($"{path} has no bits of {name} for the width {_bits}. {HowToAccept}");
        foreach (var answer in answers) AssertAlike($"{name}, {answer.Query}", (string?)golden["best"]?[answer.Query], answer.Best);
    }

    /// <summary>Nothing is in the file that nobody compares; where new answers are accepted, it goes away.</summary>
    public void CheckNames(IEnumerable<string> names)
    {
        var all = Read();
        var known = names.ToHashSet();
        if (Accepts)
        {
            foreach (string stale in all.Select(entry => entry.Key).Where(key => !known.Contains(key)).ToArray()) all.Remove(stale);
            Write(all);
        }
        Assert.Empty(all.Select(entry => entry.Key).Except(known));
    }

    // One draw that rounding turned may change another: where bits may differ, two of ten may.
    private static void AssertAlike(string name, string? expected, string actual)
    {
        string[] before = expected?.Split(' ') ?? [], now = actual.Split(' ');
        bool isAlike = now.Length == before.Length && now.Intersect(before).Count() >= .8 * now.Length;
        Assert.True(isAlike, $"{name}: expected {expected}, got {actual}. {HowToAccept}");
    }

    private const string HowToAccept = "If that is meant, accept it with KINDRED_ACCEPT_GOLDENS=1; GoldenFile says how.";

    // The lists are those of the width that was recorded first.
    private void Record(JsonObject all, string name, JsonObject best, string bits)
    {
        bool isNew = all[name]?["bits"] is not JsonObject old || (old[_bits] is { } before && (string)before! != bits)
            || !HasQueries(all[name]!, best);
        if (isNew) all[name] = new JsonObject { ["best"] = best, ["bits"] = new JsonObject() };
        all[name]!["bits"]![_bits] = bits;
        Write(all);
    }

    private static bool HasQueries(JsonNode golden, JsonObject best) =>
        best.Select(list => list.Key).SequenceEqual(golden["best"]!.AsObject().Select(list => list.Key));

    private JsonObject Read() => File.Exists(_path) ? JsonNode.Parse(File.ReadAllText(_path))!.AsObject() : [];

    private void Write(JsonObject all)
    {
        var sorted = all.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone()));
        File.WriteAllText(_path, new JsonObject(sorted).ToJsonString(Json) + "\n");
    }

    private static string BitsOf(IReadOnlyList<GoldenAnswer> answers)
    {
        var hash = new XxHash128();
        foreach (var answer in answers)
        {
            // There are many NaNs, and which one it is says nothing.
            float[] scores = [.. answer.Scores.ToArray().Select(score => float.IsNaN(score) ? float.NaN : score)];
            hash.Append(MemoryMarshal.AsBytes(scores.AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
