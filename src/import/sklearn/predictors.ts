import { refuse } from '../../model/refuse.ts';
import { PickleObject, kindOf } from '../python/pickle/values.ts';
import type { PickledModels } from '../python/pickled-models.ts';
import { importAdaBoostClassifier, importAdaBoostRegressor } from './trees/ada-boost.ts';
import { importBagging } from './trees/bagging.ts';
import { importGradientBoosting } from './trees/gradient-boosting.ts';
import { importHistGradientBoosting } from './trees/hist-gradient-boosting.ts';
import { importIsolationForest } from './trees/isolation-forest.ts';
import { importForest, importTree } from './trees/forest.ts';
import { type PipelineStep, isLibrary } from './pipeline.ts';
import { importCalibrated } from './combined/calibrated.ts';
import { importClassifierChain, importRegressorChain } from './combined/chain.ts';
import { importFrozen, importRansac, importSearch } from './combined/delegate.ts';
import { importDummyClassifier, importDummyRegressor } from './linear/dummy.ts';
import {
  importLinearClassifier,
  importLogistic,
  importRidgeClassifier,
  importSgdClassifier,
} from './linear/linear-classifier.ts';
import { importLinearRegressor, importLinkedRegressor } from './linear/linear-regressor.ts';
import {
  importMultiOutputClassifier,
  importMultiOutputRegressor,
} from './combined/multi-output.ts';
import { importOneAgainstOne, importOneAgainstRest } from './combined/one-against.ts';
import { importStackingClassifier, importStackingRegressor } from './combined/stacking.ts';
import { importFixedThreshold, importTunedThreshold } from './combined/threshold.ts';
import { importTransformedTarget } from './combined/transformed-target.ts';
import { importVotingClassifier, importVotingRegressor } from './combined/voting.ts';
import type { PredictorImporter } from './read/step.ts';
import { modelAdvice } from './refused-models.ts';

/** Every model that is understood. A new one is a file beside this and a line here. */
export const PREDICTORS: Readonly<Record<string, PredictorImporter>> = {
  AdaBoostClassifier: importAdaBoostClassifier,
  AdaBoostRegressor: importAdaBoostRegressor,
  BaggingClassifier: importBagging,
  BaggingRegressor: importBagging,
  GradientBoostingClassifier: importGradientBoosting,
  GradientBoostingRegressor: importGradientBoosting,
  HistGradientBoostingClassifier: importHistGradientBoosting,
  HistGradientBoostingRegressor: importHistGradientBoosting,
  IsolationForest: importIsolationForest,
  ARDRegression: importLinearRegressor,
  BayesianRidge: importLinearRegressor,
  CalibratedClassifierCV: importCalibrated,
  ClassifierChain: importClassifierChain,
  DecisionTreeClassifier: importTree,
  DecisionTreeRegressor: importTree,
  DummyClassifier: importDummyClassifier,
  DummyRegressor: importDummyRegressor,
  ElasticNet: importLinearRegressor,
  ElasticNetCV: importLinearRegressor,
  ExtraTreeClassifier: importTree,
  ExtraTreeRegressor: importTree,
  ExtraTreesClassifier: importForest,
  ExtraTreesRegressor: importForest,
  FixedThresholdClassifier: importFixedThreshold,
  FrozenEstimator: importFrozen,
  GammaRegressor: importLinkedRegressor,
  GridSearchCV: importSearch,
  HalvingGridSearchCV: importSearch,
  HalvingRandomSearchCV: importSearch,
  HuberRegressor: importLinearRegressor,
  Lars: importLinearRegressor,
  LarsCV: importLinearRegressor,
  Lasso: importLinearRegressor,
  LassoCV: importLinearRegressor,
  LassoLars: importLinearRegressor,
  LassoLarsCV: importLinearRegressor,
  LassoLarsIC: importLinearRegressor,
  LinearRegression: importLinearRegressor,
  LinearSVC: importLinearClassifier,
  LinearSVR: importLinearRegressor,
  LogisticRegression: importLogistic,
  LogisticRegressionCV: importLogistic,
  MultiOutputClassifier: importMultiOutputClassifier,
  MultiOutputRegressor: importMultiOutputRegressor,
  MultiTaskElasticNet: importLinearRegressor,
  MultiTaskElasticNetCV: importLinearRegressor,
  MultiTaskLasso: importLinearRegressor,
  MultiTaskLassoCV: importLinearRegressor,
  OneVsOneClassifier: importOneAgainstOne,
  OneVsRestClassifier: importOneAgainstRest,
  OrthogonalMatchingPursuit: importLinearRegressor,
  OrthogonalMatchingPursuitCV: importLinearRegressor,
  PassiveAggressiveClassifier: importLinearClassifier,
  PassiveAggressiveRegressor: importLinearRegressor,
  Perceptron: importLinearClassifier,
  PoissonRegressor: importLinkedRegressor,
  QuantileRegressor: importLinearRegressor,
  RANSACRegressor: importRansac,
  RandomForestClassifier: importForest,
  RandomForestRegressor: importForest,
  RandomizedSearchCV: importSearch,
  RegressorChain: importRegressorChain,
  Ridge: importLinearRegressor,
  RidgeCV: importLinearRegressor,
  RidgeClassifier: importRidgeClassifier,
  RidgeClassifierCV: importRidgeClassifier,
  SGDClassifier: importSgdClassifier,
  SGDRegressor: importLinearRegressor,
  StackingClassifier: importStackingClassifier,
  StackingRegressor: importStackingRegressor,
  TheilSenRegressor: importLinearRegressor,
  TransformedTargetRegressor: importTransformedTarget,
  TunedThresholdClassifierCV: importTunedThreshold,
  TweedieRegressor: importLinkedRegressor,
  VotingClassifier: importVotingClassifier,
  VotingRegressor: importVotingRegressor,
};

/** `others` are the libraries whose models may stand inside of scikit-learn's. */
export function predictorImporterOf(
  { value, place }: PipelineStep,
  others: readonly PickledModels[],
): PredictorImporter {
  if (!(value instanceof PickleObject)) refuse(`${place} is ${kindOf(value)}, not a model`);
  const { type } = value;
  if (isLibrary(type, 'sklearn') && Object.hasOwn(PREDICTORS, type.name)) {
    return PREDICTORS[type.name]!;
  }
  const other = others.find(({ module }) => isLibrary(type, module));
  if (other !== undefined) {
    return (model, input, { builder }) =>
      other.importModel(model.object, model.place, input, builder);
  }
  const where = place === type.name ? 'The file holds' : `${place} is`;
  refuse(`${where} a ${type.path}, which is not a model that is understood: ${modelAdvice(type)}`);
}
