using Kindred.Experiments;

namespace Kindred.Tests.Experiments;

public sealed class TreeParzenTests
{
    [Fact]
    public void Probe()
    {
        double[] Best(TuningSampler sampler) => [.. Enumerable.Range(0, 20).Select(seed => Tuner.Run(Landscape.Options(sampler, 40, seed), Landscape.Hill).Best.Value!.Value)];
        double[] t = Best(TuningSampler.Tpe), r = Best(TuningSampler.Random);
        Assert.Fail($"{1 - t.Average()} {1 - r.Average()} max {1 - t.Min()} {1 - r.Min()} wins {t.Zip(r).Count(p => p.First > p.Second)}");
    }
}
