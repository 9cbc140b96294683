using Kindred.Import;
using Kindred.OffPolicy;
using Kindred.Tests.Support;

namespace Kindred.NativeTests.Import;

/// <summary>What cells of logs of decisions mean.</summary>
public sealed class BanditLogFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private BanditLogFile Read(string text)
    {
        File.WriteAllText(_folder.File("log.csv"), text);
        return BanditLogFile.Read(_folder.File("log.csv"), new() { Targets = ["new"] }, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("0.5%", "30%", .005, .3)]
    [InlineData("0.5 %", ".3", .005, .3)]
    [InlineData(".5", "1", .5, 1)]
    public void A_percentage_is_a_share(string first, string second, double expected, double other)
    {
        var read = Read($"item,reward,propensity,new\na,1,{first},{second}\nb,0,{second},{first}\n");
        Assert.Equal([expected, other], read.Log.Propensities);
        Assert.Equal([other, expected], read.Targets[0].Chosen);
    }
}
