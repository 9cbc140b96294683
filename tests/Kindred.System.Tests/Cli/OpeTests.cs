using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>Off-policy evaluation of files, with the built command.</summary>
public sealed class OpeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    /// <summary>Two positions, three items each: a earns most at the top, c at the bottom.</summary>
    private void WriteLog(string header = "shown_item,clicked,probability,slot,user_id,new_model")
    {
        var lines = new List<string> { header };
        for (int n = 0; n < 6_000; n++)
        {
            int item = n % 3, slot = (n / 3 % 2) + 1, turn = n / 6;
            bool isClicked = (item, slot) is (0, 1) or (2, 2) ? turn % 4 == 0 : turn % 10 == 0;
            double newModel = (item, slot) is (0, 1) or (2, 2) ? .8 : .1;
            lines.Add(FormattableString.Invariant($"{"abc"[item]},{(isClicked ? 1 : 0)},0.333333,{slot},u{n / 12},{newModel}"));
        }
        File.WriteAllLines(_folder.File("log.csv"), lines);
    }

    [Fact]
    public async Task A_log_is_judged_for_several_policies()
    {
        WriteLog();
        await File.WriteAllLinesAsync(_folder.File("top.csv"), ["shown_item,probability,slot", "a,1,1", "c,0.5,2", "b,0.5,2"],
            TestContext.Current.CancellationToken);
        string[] ask = ["ope", "log.csv", "--item", "shown_item", "--context", "slot", "--user", "user_id",
            "--policy", "new_model", "--policy", "top.csv", "--policy", "uniform", "--html", "page.html", "--report", "report.json"];
        var run = await Kindred.Run(ask);
        Assert.True(run.ExitCode == 0, run.StandardError);
        Assert.Contains("propensity: probability", run.StandardOutput, StringComparison.Ordinal);
        var said = await Kindred.Json(ask);
        double Value(int policy, string estimator) => (double)said["reports"]![policy]!["estimates"]!.AsArray()
            .Single(estimate => (string)estimate!["estimator"]! == estimator)!["value"]!;
        Assert.Equal(.22, Value(0, "IPS"), 4); // .8·¼ + .2·⅒
        Assert.Equal((.25 + .175) / 2, Value(1, "DR"), 4);
        Assert.Equal(.15, Value(2, "SNIPS"), 4);
        Assert.StartsWith("new_model would have earned 0.22 a decision", (string)said["reports"]![0]!["verdict"]!,
            StringComparison.Ordinal);
        Assert.Contains("more than the logging policy's 0.15", run.StandardOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("DR", said["reports"]![0]!["estimates"]!.AsArray().Select(e =>
            (string)e!["estimator"]!)); // other items unknown
        string page = await File.ReadAllTextAsync(_folder.File("page.html"), TestContext.Current.CancellationToken);
        Assert.Contains("new_model would have earned", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.File("report.json")));
    }

    [Fact]
    public async Task What_is_missing_or_wrong_is_named()
    {
        WriteLog();
        async Task Refuses(string sentence, params string[] arguments) =>
            Assert.Contains(sentence, await Kindred.Refused(["ope", "log.csv", .. arguments]), StringComparison.Ordinal);
        await Refuses("has no column of the item; name it with --item COLUMN: it has shown_item,");
        await Refuses("--policy other is not uniform, not a column of log.csv, and not a file", "--item", "shown_item", "--policy",
            "other");
        await Refuses("has no column price", "--item", "shown_item", "--reward", "price");
        await Refuses("row 1: user_id is u0, which is no number", "--item", "shown_item", "--reward", "user_id");
        await File.WriteAllTextAsync(_folder.File("none.csv"), "item,click,propensity\na,1,0.5\nb,0,0\n",
            TestContext.Current.CancellationToken);
        Assert.Contains("Decision 2 has the propensity 0", await Kindred.Refused("ope", "none.csv"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            _folder.File("target.csv"), "item,target,propensity\na,1,0.5\n", TestContext.Current.CancellationToken);
        Assert.Contains(
            "If target is the reward, give --reward target.", await Kindred.Refused("ope", "target.csv"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder.File("bare.csv"), "1,2,0.5\n3,4,0.5\n", TestContext.Current.CancellationToken);
        Assert.Contains("is a folder; name a file. If a living server keeps its data there, write --data .",
            await Kindred.Refused("ope", "."), StringComparison.Ordinal);
        Assert.Contains("has no header", await Kindred.Refused("ope", "bare.csv"), StringComparison.Ordinal);
    }
}
