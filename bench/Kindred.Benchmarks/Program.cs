using Kindred.Benchmarks;

switch (args)
{
    case ["kernels"]: KernelBenchmark.Run(); return 0;
    case ["als", .. var rest]: AlsBenchmark.Run(rest); return 0;
    case ["sgd", .. var rest]: SgdBenchmark.Run(rest); return 0;
    case ["fm", .. var rest]: return FactorizationBenchmark.Run(rest);
    case ["ratings", .. var rest]: return RatingsBenchmark.Run(rest);
    case ["schedule", .. var rest]: return ScheduleBenchmark.Run(rest);
    case ["linear", .. var rest]: LinearBenchmark.Run(rest); return 0;
    case ["scan", .. var rest]: ScanBenchmark.Run(rest); return 0;
    case ["recommend-all", .. var rest]: ScanBenchmark.ToFiles(rest); return 0;
    case ["neighbours", .. var rest]: NeighbourBenchmark.Run(rest); return 0;
    case ["retrieval", .. var rest]: return RetrievalBenchmark.Run(rest);
    case ["pipeline", .. var rest]: return PipelineBenchmark.Run(rest);
    case ["latency", .. var rest]: return LatencyBenchmark.Run(rest);
    case ["serve-events", .. var rest]: return await ServeEventsBenchmark.RunAsync(rest);
    case ["tradeoffs", .. var rest]: return TradeOffBenchmark.Run(rest);
    case ["coat", .. var rest]: return CoatBenchmark.Run(rest);
    case ["snapshot", .. var rest]: SnapshotBenchmark.Run(rest); return 0;
    case ["forest"]: ForestBenchmark.Run(); return 0;
    case ["neural"]: NeuralBenchmark.Run(); return 0;
    case ["learning", .. var rest]: return LearningBenchmark.Run(rest);
    case ["defaults", .. var rest]: return DefaultsBenchmark.Run(rest);
    case ["choice", .. var rest]: return ChoiceBenchmark.Run(rest);
    case ["onboarding", .. var rest]: return OnboardingBenchmark.Run(rest);
    case ["from-zero", .. var rest]: return FromZeroBenchmark.Run(rest);
    case ["cold-items", .. var rest]: return ColdItemsBenchmark.Run(rest);
    case ["contracts", .. var rest]: ContractsBenchmark.Run(rest); return 0;
    case ["import", .. var rest]: return ImportBenchmark.Run(rest);
    case ["freshness", .. var rest]: return await LivingBenchmark.Freshness(rest);
    case ["swaps", .. var rest]: return await SwapBenchmark.Run(rest);
    case ["live", .. var rest]: return await LivingBenchmark.Live(rest);
    case ["fleet", .. var rest]: return await FleetBenchmark.Run(rest);
    case ["dashboard", .. var rest]: return await DashboardBenchmark.Run(rest);
    case ["kills", .. var rest]: return await KillMatrix.Run(rest);
    case ["cluster", .. var rest]: return await ClusterBenchmark.Run(rest);
    case ["replay", .. var rest]: return await ReplayBenchmark.Run(rest);
    case ["guardrails", .. var rest]: return await GuardrailBenchmark.Run(rest);
    case ["experiments", "living", .. var rest]: return await LivingExperimentBenchmark.RunAsync(rest);
    case ["experiments", .. var rest]: return ExperimentBenchmark.Run(rest);
    case ["store", .. var rest]: await StoreBenchmark.RunAsync(rest); return 0;
    default:
        Console.Error.WriteLine("usage: kernels | als [small|medium|large] [dimensions…] [solvers…] | als growth | sgd " +
            "[small|medium|large] [dimensions…] | fm frappe|ratings|cold|speed | schedule <data folder> [seeds] | ratings [validation] " +
            "[model:option=value,…]… | ratings niche | ratings speed [models…] [dimensions…] | linear [ease|slim] [items…] | scan " +
            "[users items dimensions k] | recommend-all [users items dimensions k…] | neighbours [medium [similarities…]|growth|users " +
            "[output folder] [data folders…]|update|lookup|ratings] | retrieval … | pipeline <data folder> | latency [items] | " +
                "serve-events [options] | " +
            "tradeoffs <data folder> [output folder] | coat <folder> | " +
            "onboarding [tune] [movielens-small|ml-100k|ml-1m|grocery]… [out=folder] | " +
            "from-zero <data folder> <image.svg> | " +
            "cold-items own|heater|time <folder> tags|vectors|both \"model {options}\"… [test] | " +
            "contracts [worlds [model:option=value,…|oracle]] | forest | snapshot | " +
            "import [rows] | experiments <ratings.csv> | experiments cost [exposures] | experiments living [users [events]] | " +
            "guardrails [users a day [items shown]] | store [sqlite|postgres] [million events] | " +
            "freshness [events] | swaps [requests a second] | fleet [seconds] | " +
            "cluster [million events [dimensions [silos]]] | kills | " +
            "replay [output folder] | dashboard [users [items [events]]] | live <folder> [events [users [items [seconds]]]] | " +
            "neural | defaults <results file> <name=data folder@split[*share]>… <model:option=value,…[*draws]>… | " +
            "choice <minutes> <results file> <name=data folder@split[*share]>… | " +
            "learning ml-1m|beauty|gowalla <epochs between> <trainer:option=value,…> [test|final] [workers=n] [seed=n] " +
            "[checkpoint=folder]");
        return 2;
}
