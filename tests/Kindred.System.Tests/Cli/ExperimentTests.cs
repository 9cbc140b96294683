using System.Globalization;
using System.Text.Json.Nodes;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>Online experiments from files, with the built command.</summary>
public sealed class ExperimentTests : IDisposable
{
    private const int Users = 4_000;

    private static readonly DateTime Start = new(2026, 1, 5);

    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    /// <summary>Half the users in each arm; of 10 in control 2 buy for 1,234.50 €, of 10 in the treatment 4.</summary>
    private void WriteFiles(string exposuresHeader = "user_id,timestamp,experiment_id,variation_id,country")
    {
        var exposures = new List<string> { exposuresHeader };
        var orders = new List<string> { "user_id;order_date;revenue" };
        for (int n = 0; n < Users; n++)
        {
            int arm = n % 2;
            var seen = Start.AddHours(n % (13 * 24)).AddMinutes(7);
            exposures.Add(string.Create(CultureInfo.InvariantCulture,
                $"u{n},{seen:yyyy-MM-dd'T'HH:mm:ss'Z'},new-ranker,{arm},{(n / 2 % 3 == 0 ? "DE" : "FR")}"));
            if (n / 2 % 10 < (arm == 0 ? 2 : 4))
                orders.Add(string.Create(CultureInfo.InvariantCulture, $"u{n};{seen.AddHours(2):dd.MM.yyyy HH:mm};1.234,50 €"));
        }
        File.WriteAllLines(_folder.File("exposures.csv"), exposures);
        File.WriteAllLines(_folder.File("orders.csv"), orders);
    }

    [Fact]
    public async Task An_experiment_of_other_tools_is_read_from_their_files()
    {
        WriteFiles();
        string[] ask = ["experiment", "analyze", "exposures.csv", "orders.csv", "--goal", "revenue,margin=.05", "--segment", "country",
            "--stratify", "country", "--design", "fixed-horizon", "--html", "page.html"];
        var said = await Kindred.Json(ask);
        Assert.Equal("ship", (string)said["verdict"]!);
        var effect = said["results"]![0]!["effect"]!;
        Assert.Equal(.2 * 1234.5, (double)effect["control"]!, 6);
        Assert.Equal(.4 * 1234.5, (double)effect["treatment"]!, 6);
        Assert.Equal(["country=FR", "country=DE"], said["results"]![0]!["segments"]!.AsArray().Select(s => (string)s!["segment"]!));
        Assert.Contains(said["notes"]!.AsArray(), note => ((string)note!).StartsWith("Arms are compared within 2 values of country",
            StringComparison.Ordinal));
        string console = await Kindred.Succeed(ask);
        Assert.Contains("Ship 1.", console, StringComparison.Ordinal);
        Assert.Contains("exposures.csv: unit user_id, arm variation_id, time timestamp.", console, StringComparison.Ordinal);
        string page = await File.ReadAllTextAsync(_folder.File("page.html"), TestContext.Current.CancellationToken);
        Assert.Contains("Ship 1.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Columns_of_any_name_are_read_where_a_person_names_them()
    {
        WriteFiles("who,moment,test_name,version,land");
        var said = await Kindred.Json("experiment", "analyze", "exposures.csv", "orders.csv", "--goal", "revenue", "--user", "who",
            "--arm", "version", "--time", "moment", "--design", "fixed-horizon");
        Assert.Equal([2_000L, 2_000L], said["arms"]!.AsArray().Select(arm => (long)arm!["units"]!));
        Assert.Equal(14, (int)said["days"]!);
        Assert.Contains("no column 'nobody' in exposures.csv", await Kindred.Refused("experiment", "analyze", "exposures.csv",
            "orders.csv", "--user", "nobody"), StringComparison.Ordinal);
        Assert.Contains("is a folder; name a file. If a living server keeps its data there", await Kindred.Refused("experiment", "analyze",
            ".", "orders.csv"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder.File("e.json"), """{"name":"e","metrics":[{"name":"revenue","role":"gardrail"}]}""",
            TestContext.Current.CancellationToken);
        Assert.Contains("e.json cannot be read at $.metrics[0].role, line 1: it must be one of goal, guardrail, secondary.",
            await Kindred.Refused("experiment", "analyze", "exposures.csv", "orders.csv", "--settings", "e.json"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_says_how_many_weeks_or_that_four_cannot_answer()
    {
        var history = new List<string> { "user_id,time,event" };
        for (int n = 0; n < 20_000; n++)
            history.Add($"u{n % 2_500},{Start.AddHours(n % (28 * 24)):yyyy-MM-dd HH:mm:ss},{(n % 7 == 0 ? "click" : "view")}");
        await File.WriteAllLinesAsync(_folder.File("history.csv"), history, TestContext.Current.CancellationToken);
        string[] ask = ["experiment", "plan", "history.csv", "--goal", "ctr=click/view,margin=.9", "--design", "fixed-horizon"];
        var easy = await Kindred.Json(ask);
        Assert.Equal(2, (int)easy["shortest"]!);
        ask[4] = "ctr=click/view,margin=.0001";
        Assert.Contains("4 weeks cannot answer this", await Kindred.Succeed(ask), StringComparison.Ordinal);
        Assert.Contains("Name what the experiment is to find, with --goal", await Kindred.Refused("experiment", "plan", "history.csv"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user,time\na,2026-01-01\n", null, "no column of arms; name it with --arm COLUMN")]
    [InlineData("user,arm,time\n", null, "holds no exposures")]
    [InlineData("", null, "exposures.csv is empty")]
    [InlineData("user,arm\na,control\nb,control\n", null, "one arm alone, 'control'")]
    [InlineData("user,arm\na,x\nb,y\n", null, "name control with --control")]
    [InlineData("user,arm,time\na,control,yesterday\nb,new,2026-01-02\n", null, "1 row has no time that can be read")]
    [InlineData("user,arm,time\na,control,01/02/2026\nb,new,03/04/2026\n", null, "--time-format day-first")]
    [InlineData("user,arm\nq,control\nr,new\n", null, "No unit of")]
    [InlineData("user,arm\nNULL,control\nb,new\n", null, "1 row has no unit")]
    [InlineData("user,experiment,variant\na,one,control\nb,two,new\n", null, "choose one with --experiment NAME")]
    [InlineData(null, "user,event,value\n", "has no metric")]
    [InlineData(null, "user,event,value\na,click,many\n", "a value that is no number")]
    [InlineData(null, "user;spent\na;1,500\nb;2,250\n", "say which with --decimal")]
    [InlineData(null, "x,y\na,1\n", "no column of users or sessions; name it with --user COLUMN")]
    public async Task What_cannot_be_read_is_refused_in_a_sentence(string? exposures, string? metrics, string says)
    {
        await File.WriteAllTextAsync(_folder.File("exposures.csv"), exposures ?? "user,arm\na,control\nb,new\n",
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder.File("metrics.csv"), metrics ?? "user,event,value\na,click,1\nb,click,2\n",
            TestContext.Current.CancellationToken);
        Assert.Contains(says, await Kindred.Refused("experiment", "analyze", "exposures.csv", "metrics.csv"), StringComparison.Ordinal);
    }

    /// <summary>A unit in two arms is left out, one exposed twice counts once, and a note says what was not used.</summary>
    [Fact]
    public async Task Exposures_that_repeat_count_once()
    {
        await File.WriteAllTextAsync(_folder.File("exposures.csv"),
            "user,arm,time\na,control,2026-01-01\na,control,2026-01-03\nb,new,2026-01-02\nc,new,2026-01-02\nc,control,2026-01-03\n",
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder.File("metrics.csv"),
            "user,date,event,revenue,basket\na,2026-01-01,purchase,3,x\nb,2026-01-02,purchase,4,y\nz,2026-01-02,purchase,5,y\n",
            TestContext.Current.CancellationToken);
        JsonObject said = await Kindred.Json("experiment", "analyze", "exposures.csv", "metrics.csv");
        Assert.Equal([1L, 1L], said["arms"]!.AsArray().Select(arm => (long)arm!["units"]!));
        string notes = string.Join('\n', said["notes"]!.AsArray().Select(note => (string)note!));
        Assert.Contains("value revenue; not used: basket", notes, StringComparison.Ordinal);
        Assert.Contains("1 of 3 rows", notes, StringComparison.Ordinal);
        Assert.Contains("1 of 3 units saw several arms", said["health"]!.ToJsonString(), StringComparison.Ordinal);
    }
}
