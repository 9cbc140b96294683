using System.Globalization;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Splitting;

namespace Kindred.Benchmarks;

/// <summary>
/// A set of data and its parts, as benchmarks name them: <c>name=folder@time|random|leave-last</c>, and after it <c>*0.3</c> for a sample
/// of so many of its events. Of more than 3,000 users of a measured part about 3,000 are asked.
/// </summary>
internal sealed class SampledSplit : IDisposable
{
    private const int MostUsers = 3000;

    private readonly DataFolder _folder;
    private readonly Split _split;

    private SampledSplit(string name, DataFolder folder, Split split) =>
        (Name, _folder, _split) = (name, folder, split);

    public string Name { get; }

    public Holdout Tuning => Sampled(_split.Tuning);

    public Holdout Final => Sampled(_split.Final);

    public static string NameIn(string set) => set.Split('=')[0];

    public static SampledSplit Open(string set)
    {
        string name = NameIn(set);
        string[] parts = set[(name.Length + 1)..].Split('@');
        var folder = DataFolder.Open(parts[0]);
        string[] how = parts[1].Split('*');
        var data = how.Length == 1 ? folder.Interactions : Thinned(folder.Interactions, double.Parse(how[1], CultureInfo.InvariantCulture));
        ISplitter splitter = how[0] switch
        {
            "time" => new GlobalTimeSplit(),
            "random" => new RandomSplit(),
            "leave-last" => new LeaveLastOut(),
            _ => throw new InputException($"There is no split '{how[0]}'; there are time, random and leave-last."),
        };
        return new(name, folder, splitter.Split(data));
    }

    public void Dispose() => _folder.Dispose();

    // the same training part; a share of the users is asked
    private static Holdout Sampled(Holdout holdout)
    {
        if (holdout.TestUsers <= MostUsers) return holdout;
        double share = (double)MostUsers / holdout.TestUsers;
        return Holdout.Of(
            holdout.Train, Where(holdout.Test, (user, _) => new Rng(1).Fork("asked", user).NextDouble() < share), holdout.Protocol);
    }

    private static Interactions Thinned(Interactions data, double share) =>
        Where(data, (_, place) => new Rng(1).Fork("kept", place).NextDouble() < share);

    private static Interactions Where(Interactions data, Func<int, int, bool> keeps)
    {
        var keep = new bool[data.Histories.Count];
        for (int user = 0; user < data.Users.Count; user++)
            for (int place = data.Histories.Starts.Span[user]; place < data.Histories.Starts.Span[user + 1]; place++)
                keep[place] = keeps(user, place);
        return data.Where(keep);
    }
}
