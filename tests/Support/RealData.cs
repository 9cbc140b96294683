namespace Kindred.Tests.Support;

/// <summary>
/// Where the real data sets are: <c>KINDRED_DATA</c>, or <c>shared/data</c> beside the repository. Only MovieLens small is in it.
/// </summary>
internal static class RealData
{
    /// <summary>The repository's root: the nearest folder upwards that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The committed sample: ratings.csv and movies.csv.</summary>
    public static string MovieLensSmall => Path.Combine(Root, "samples", "movielens");

    /// <returns>The folder of a data set; where it is absent the test is skipped and says so.</returns>
    public static string Folder(string name)
    {
        string data = Environment.GetEnvironmentVariable("KINDRED_DATA") ?? Path.Combine(Root, "..", "shared", "data");
        string folder = Path.GetFullPath(Path.Combine(data, name));
        Assert.SkipUnless(Directory.Exists(folder), $"Data set '{name}' is not here; set KINDRED_DATA to the folder that holds it.");
        return folder;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Kindred.slnx"))) return folder.FullName;
        throw new InvalidOperationException("The tests must run from inside the repository.");
    }
}
