using System.Text;
using Kindred.Tests.Support;
using Kindred.Tuning;

namespace Kindred.Tests.Tuning;

public sealed class TuningJournalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("search.jsonl");

    public void Dispose() => _folder.Dispose();

    private string[] Run(TuningOptions options) => Landscape.Texts(Tuner.Run(options with { Journal = Path }, Landscape.Hill).Trials);

    private string Refusal(TuningOptions options) =>
        Assert.Throws<InputException>(() => Run(options)).Message.Replace(Path, "FILE", StringComparison.Ordinal);

    /// <summary>As a crash leaves it: cut anywhere in the last two lines, or somewhere in the first one.</summary>
    [Theory, InlineData(TuningSampler.Tpe), InlineData(TuningSampler.Bohb)]
    public void A_search_that_was_cut_off_anywhere_goes_on_as_if_it_had_not_been(TuningSampler sampler)
    {
        var options = Landscape.Options(sampler, trials: 14);
        string[] uninterrupted = Run(options);
        byte[] bytes = File.ReadAllBytes(Path);
        int[] ends = [.. Enumerable.Range(0, bytes.Length).Where(n => bytes[n] == '\n')];
        Assert.Equal(15, ends.Length);
        foreach (int cut in Enumerable.Range(ends[^3], bytes.Length - ends[^3]).Concat([0, 1, 100, ends[0], ends[0] + 1, ends[0] + 2]))
        {
            File.WriteAllBytes(Path, bytes[..cut]);
            Assert.Equal(uninterrupted, Run(options));
            Assert.Equal(15, File.ReadAllLines(Path).Length);
        }
    }

    [Fact]
    public void What_is_in_the_journal_is_not_done_again()
    {
        var options = Landscape.Options(trials: 12);
        string[] all = Run(options);
        int done = 0;
        var again = Tuner.Run(options with { Journal = Path, Trials = 15 }, (trainer, trial, cancellation) =>
        {
            done++;
            return Landscape.Hill(trainer, trial, cancellation);
        });
        Assert.Equal(3, done);
        Assert.Equal(all, Landscape.Texts(again.Trials).Take(12));
        Assert.Equal(5, Tuner.Run(options with { Journal = Path, Trials = 5 },
            (_, _, _) => throw new InvalidOperationException()).Trials.Count);
    }

    /// <summary>Trials that run side by side are written as they finish, so any of a round may be missing.</summary>
    [Fact]
    public void A_round_may_be_half_done()
    {
        var options = Landscape.Options(trials: 16) with { Parallel = 4 };
        string[] uninterrupted = Run(options);
        string[] lines = File.ReadAllLines(Path);
        for (int missing = 13; missing <= 16; missing++)
        {
            File.WriteAllLines(
                Path, lines.Where((_, n) => n == 0 || (n != missing && n < 16)).Append(missing == 16 ? lines[15] : lines[16]).Distinct());
            Assert.Equal(uninterrupted, Run(options));
        }
    }

    [Fact]
    public void Failures_are_remembered()
    {
        var options = Landscape.Options(trials: 4) with { Journal = Path };
        var result = Tuner.Run(options, (_, trial, _) => trial == 2 ? throw new InputException("Two «fails».") : trial);
        Assert.Equal(
            Landscape.Texts(result.Trials), Landscape.Texts(Tuner.Run(options, (_, _, _) => throw new InvalidOperationException()).Trials));
        Assert.Equal("Two «fails».", result.Trials[1].Failure);
    }

    [Fact]
    public void The_journal_of_another_search_is_refused_and_left_alone()
    {
        var options = Landscape.Options(trials: 3) with { Subject = new Dictionary<string, string> { ["metric"] = "NDCG@10" } };
        Run(options);
        byte[] before = File.ReadAllBytes(Path);
        Assert.Equal(
            "FILE is the journal of another search: metric is NDCG@10 there and Recall@20 here; name another file, or start over.",
            Refusal(options with { Subject = new Dictionary<string, string> { ["metric"] = "Recall@20" } }));
        Assert.Contains("seed is 0 there and 1 here", Refusal(options with { Seed = 1 }));
        Assert.Contains("sampler is tpe there and random here", Refusal(options with { Sampler = TuningSampler.Random }));
        Assert.Contains("parallel is 1 there and 2 here", Refusal(options with { Parallel = 2 }));
        Assert.Contains(
            "space is {\"regularization\":\"0.0001..1:log\",", Refusal(options with { Space = options.Space.With("epochs", "1..9") }));
        Assert.Equal(before, File.ReadAllBytes(Path));
    }

    [Theory, InlineData("notes"), InlineData("notes\nand more\n"), InlineData("{}\n"), InlineData("{\"kind\":\"kindred\"}"),
        InlineData("[1]\n")]
    public void Other_files_are_refused_and_left_alone(string text)
    {
        File.WriteAllText(Path, text);
        Assert.Equal("FILE exists and is not the journal of a search; name another file.", Refusal(Landscape.Options(trials: 3)));
        Assert.Equal(text, File.ReadAllText(Path));
    }

    [Fact]
    public void Starting_over_empties_a_journal_but_no_other_file()
    {
        var options = Landscape.Options(trials: 3);
        Run(options with { Seed = 9 });
        Assert.Equal(Landscape.Texts(Tuner.Run(options, Landscape.Hill).Trials), Run(options with { Fresh = true }));
        Assert.Equal(4, File.ReadAllLines(Path).Length);
        File.WriteAllText(Path, "notes\n");
        Assert.Contains("is not the journal of a search", Refusal(options with { Fresh = true }));
        Assert.Equal("notes\n", File.ReadAllText(Path));
    }

    [Fact]
    public void A_damaged_journal_is_refused()
    {
        var options = Landscape.Options(trials: 5);
        Run(options);
        string[] lines = File.ReadAllLines(Path);
        File.WriteAllLines(Path, [.. lines[..3], "{\"number\":3,", .. lines[4..]]);
        Assert.Contains("FILE is damaged: line 4 is no trial", Refusal(options));
        File.WriteAllLines(Path, [.. lines, lines[^1]]);
        Assert.Contains("FILE is damaged: trial 5 is in it twice", Refusal(options));
        File.WriteAllLines(Path, [.. lines[..3], lines[3].Replace("\"epochs\":", "\"epochs\":9", StringComparison.Ordinal)]);
        Assert.Contains("Trial 3 of FILE is not what this search tries there", Refusal(options));
    }

    [Fact]
    public void Two_searches_cannot_share_a_journal()
    {
        var options = Landscape.Options(trials: 2) with { Journal = Path };
        string? said = null;
        Tuner.Run(options, (_, _, _) =>
        {
            said ??= Refusal(options);
            return 1;
        });
        Assert.StartsWith("FILE cannot be written, or is in use: ", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_trial_is_one_line_that_can_be_read()
    {
        Run(Landscape.Options(trials: 2));
        string[] lines = File.ReadAllLines(Path, Encoding.UTF8);
        Assert.StartsWith("{\"kind\":\"kindred tuning\",\"version\":2,\"trainer\":\"implicit-als\",", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("{\"number\":1,\"options\":{\"regularization\":", lines[1], StringComparison.Ordinal);
    }

    /// <summary>Written once, never again: whatever version this is, a search that an earlier one began goes on.</summary>
    [Fact]
    public void A_journal_of_format_1_is_read_forever()
    {
        File.Copy(System.IO.Path.Combine(RealData.Root, "tests", "Kindred.Tests", "Tuning", "format-1", "search.jsonl"), Path);
        var options = Landscape.Options(trials: 5) with { Journal = Path };
        var trials = Tuner.Run(options, (_, _, _) => throw new InvalidOperationException("It was measured.")).Trials;
        double?[] values = [0.10054495483587063, -0.6177158392027794, -1.9699648212215388, -2.3811536408418044, 0.051809641324881694];
        Assert.Equal(values, trials.Select(trial => trial.Value));
        Assert.Equal([22, 14, 10, 5, 3], trials.Select(trial => (int)trial.Options["epochs"]!));
    }
}
